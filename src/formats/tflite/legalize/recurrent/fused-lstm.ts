/**
 * An LSTM that is too long to write out, as UNIDIRECTIONAL_SEQUENCE_LSTM. (LiteRT's newer runtime takes no file with states, so this is the
 * last resort.) That operator keeps its states from one run of the model to the next, and not every runtime
 * can reset them. So a step in front resets them: one more input feature is large there and zero elsewhere, and its weights close
 * the input, forget and output gates (σ of a large negative number is 0): c' = 0 · c + 0, h' = 0. The step is cut off the result.
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import type { Tensor } from '../../../../ir/tensor';
import { decodeFloats, float32Tensor } from '../../../../ir/tensor';
import { algebra } from '../algebra';
import { refuseLarge } from '../made-size';
import type { Build } from '../rule';
import { fits } from './unroll';

/** −CLOSED before the gate: e^−CLOSED is 0 in float32, whatever else is added. */
const CLOSED = 1e6;

/** Null: it is to be unrolled. */
export function fusedLstm(node: NodeOf<'lstm'>, build: Build): readonly ValueId[] | null {
  const { activation, recurrentActivation, returnSequences, goBackwards } = node.attributes;
  const [x, kernel, recurrentKernel, bias, ...others] = node.inputs;
  if (activation !== 'tanh' || recurrentActivation !== 'sigmoid' || others.some((id) => id !== null && id !== undefined)) return null;
  if (build.isUsed(2) || ![kernel, recurrentKernel].every((id) => build.isConstant(id)) || (bias && !build.isConstant(bias))) return null;
  const [batch, steps] = build.shape(x!) as [number, number];
  if (batch < 0 || fits(node, build)) return null;
  build.warn(
    `Its ${steps} time steps are too many to write out, so it is written as UNIDIRECTIONAL_SEQUENCE_LSTM, which keeps states in the file: ` +
      'TensorFlow Lite’s interpreter runs it, LiteRT in a browser does not. Shorter sequences run everywhere.',
  );
  refuseLarge(build, [batch, steps + 1, 1], 'resetting its states');
  const { reshape } = algebra(build);
  const { tensor } = build.value(kernel!);
  const { extended, weight } = withClosingRow(tensor!);
  const closing = build.constant(kernel!, 'with reset', () => extended);
  const reset = build.constant(null, 'reset', () => float32Tensor([batch, steps + 1, 1], resetSignal(batch, steps + 1, CLOSED / weight)));
  const inOrder = goBackwards ? build.op('reverse', [x!], { axes: [1] }) : x!;
  const later = build.op('pad', [inOrder], { paddings: [[0, 0], [1, 0], [0, 0]], value: 0 });
  const inputs = [build.op('concat', [later, reset], { axis: 2, activation: 'none' }), closing, recurrentKernel!, bias ?? null];
  const y = build.builtin('lstm', inputs, { activation, recurrentActivation, returnSequences: true, goBackwards: false, zeroOutputForMask: false });
  const units = build.shape(recurrentKernel!)[0]!;
  const last = (): ValueId => reshape(build.op('slice', [y], { begin: [0, steps, 0], size: [-1, 1, -1] }), [batch, units]);
  const sequence = returnSequences && build.isUsed(0) ? build.op('slice', [y], { begin: [0, 1, 0], size: [-1, steps, -1] }) : null;
  const final = sequence === null || build.isUsed(1) ? last() : null;
  return [sequence ?? final!, ...(final ? [final] : [])];
}

function resetSignal(batch: number, steps: number, value: number): Float32Array {
  return Float32Array.from({ length: batch * steps }, (_, i) => (i % steps === 0 ? value : 0));
}

/** One more row, [−w, −w, 0, −w] for the gates i, f, c, o. A quantized kernel keeps its grid: w is the largest number that it holds everywhere. */
function withClosingRow(kernel: Tensor): { extended: Tensor; weight: number } {
  const [features, columns] = kernel.shape as [number, number];
  const shape = [features + 1, columns];
  const isCandidate = (column: number): boolean => Math.floor((4 * column) / columns) === 2;
  const { encoding } = kernel;
  const alongColumns = encoding.kind === 'affine' && encoding.blockSize === null && (encoding.axis === null || encoding.axis === 1);
  if (encoding.kind === 'affine' && alongColumns && encoding.signed && encoding.zeroPoint.every((zero) => zero === 0) && encoding.scale.every((scale) => scale > 0)) {
    const largest = 2 ** (encoding.bits - 1) - 1;
    const values = new (encoding.values.constructor as Int8ArrayConstructor)(shape[0]! * columns);
    values.set(encoding.values);
    for (let column = 0; column < columns; column++) values[features * columns + column] = isCandidate(column) ? 0 : -largest;
    return { extended: { ...kernel, shape, encoding: { ...encoding, values } }, weight: largest * Math.min(...encoding.scale) };
  }
  const data = new Float32Array(shape[0]! * columns);
  data.set(decodeFloats(kernel));
  for (let column = 0; column < columns; column++) data[features * columns + column] = isCandidate(column) ? 0 : -1;
  return { extended: float32Tensor(shape, data), weight: 1 };
}
