/**
 * Long short-term memory as UNIDIRECTIONAL_SEQUENCE_LSTM: every gate's matrices are tensors of their own, in rows of outputs. Its
 * states are variables of the file, which keep their numbers from one run to the next: the step that `legalize` puts in front
 * resets them.
 */
import { decodeFloats, float32Tensor, type Tensor } from '../../../ir/tensor';
import { asItLies, storeFloats } from '../raise-constant';
import type { RaisingContext, Raisings } from '../raise-context';

const TANH = 4;
const ABSENT = -1;
const GATES = [0, 1, 2, 3] as const;

export const sequenceRaisings: Raisings = {
  lstm({ attributes, inputs, outputs }, context) {
    if (attributes.activation !== 'tanh' || attributes.recurrentActivation !== 'sigmoid') context.refuse('its activations are not tanh and sigmoid');
    if (!attributes.returnSequences || attributes.goBackwards) context.refuse('it does not run forwards and give every step');
    if (outputs.length > 1 || inputs.slice(4).some((id) => id !== null && id !== undefined)) context.refuse('it takes or gives states or a mask');
    const [batch] = context.shape(0);
    const units = context.shape(2)[0]!;
    const matrices = (input: number): readonly number[] => GATES.map((gate) => gateMatrix(context, input, gate, units));
    const state = (): number => context.builder.addTensor({ name: '', type: 'FLOAT32', shape: [batch!, units], isVariable: true });
    const biases = GATES.map((gate) => gateBias(context, gate, units));
    context.emit(
      'UNIDIRECTIONAL_SEQUENCE_LSTM',
      [
        context.x(0), ...matrices(1), ...matrices(2), ABSENT, ABSENT, ABSENT, ...biases, ABSENT, ABSENT, state(), state(),
        ABSENT, ABSENT, ABSENT, ABSENT,
      ],
      [context.y()],
      { fusedActivationFunction: TANH },
    );
  },
};

/** [I, 4U] → [U, I] of one gate. */
function gateMatrix(context: RaisingContext, input: number, gate: number, units: number): number {
  const tensor = context.tensor(input) ?? context.refuse('its kernels are computed by the graph');
  const rows = tensor.shape[0]!;
  const layout = asItLies([units, rows]);
  return context.builder.addTensor({ name: '', ...storeFloats(tensor, layout), bytes: () => gateBytes(tensor, gate, units) });
}

function gateBytes(tensor: Tensor, gate: number, units: number): Uint8Array {
  const [rows, columns] = [tensor.shape[0]!, tensor.shape[1]!];
  const source = decodeFloats(tensor);
  const matrix = new Float32Array(units * rows);
  for (let unit = 0; unit < units; unit++) {
    for (let row = 0; row < rows; row++) matrix[unit * rows + row] = source[row * columns + gate * units + unit]!;
  }
  return new Uint8Array(matrix.buffer);
}

function gateBias(context: RaisingContext, gate: number, units: number): number {
  const tensor = context.tensor(3);
  const bias = float32Tensor([units], tensor ? decodeFloats(tensor).slice(gate * units, (gate + 1) * units) : new Float32Array(units));
  return context.builder.addTensor({ name: '', ...storeFloats(bias, asItLies([units])) });
}
