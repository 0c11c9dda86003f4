/**
 * Recurrent layers, unrolled over a known number of steps: graph models without control flow have no loops. All steps'
 * input products are computed at once. A masked step keeps the state and repeats the output before it, or gives zeros.
 */
import type { NodeOf } from '../../../ir/graph';
import type { OpAttributes, RecurrentActivation } from '../../../ops/signatures';
import { arithmetic } from '../arithmetic';
import { boolean, integer, text, type as typeAttribute } from '../attribute-json';
import { count, type LoweringContext, type Lowerings, type Ref } from '../lowering';
import { applyActivation } from './activation';
import { at, sizeAt, windowLists } from './convolution';

/** Each step adds some twenty nodes; past this the model would be larger and slower than what it replaces. */
const LARGEST_STEP_COUNT = 512;
const MASK = 4;
const FIRST_STATE = 5;

interface Cell {
  /** [B, T, …]: what the input gives to every step. */
  readonly prepared: Ref;
  /** A state's shape without the batch. */
  readonly stateShape: readonly number[];
  /** New states from one step of the prepared input; the first is the output. */
  readonly step: (input: Ref, states: readonly Ref[]) => readonly Ref[];
}

export const recurrentLowerings = {
  'simple-rnn'(node, context) {
    const math = arithmetic(context);
    const [units] = context.knownShape(2, 'it is unrolled');
    const step = (input: Ref, [h]: readonly Ref[]): readonly Ref[] => [
      applyActivation(context, node.attributes.activation, math.add(input, product(context, h!, context.ref(2)))),
    ];
    return unrolled(node, context, 1, { prepared: project(context, biasOf(context)), stateShape: [units!], step });
  },
  lstm(node, context) {
    const math = arithmetic(context);
    const [units] = context.knownShape(2, 'it is unrolled');
    const step = (input: Ref, [h, c]: readonly Ref[]): readonly Ref[] =>
      lstmStep(context, node.attributes, math.add(input, product(context, h!, context.ref(2))), c!, 1);
    return unrolled(node, context, 2, { prepared: project(context, biasOf(context)), stateShape: [units!], step });
  },
  gru(node, context) {
    const { resetAfter, activation, recurrentActivation } = node.attributes;
    const math = arithmetic(context);
    const [units] = context.knownShape(2, 'it is unrolled') as readonly [number];
    const gate = (x: Ref): Ref => applyActivation(context, recurrentActivation, x);
    const parts = (x: Ref, n: number): readonly Ref[] => splitLast(context, x, 1, n);
    let inputBias = biasOf(context);
    let innerBias: Ref | null = null;
    if (inputBias !== null && resetAfter) {
      const both = context.inner('Unpack', [inputBias], { axis: integer(0), num: integer(2) });
      [inputBias, innerBias] = [both, at(both, 1)];
    }
    const kernelPart = (start: number, size: number): Ref =>
      context.inner('Slice', [context.ref(2), context.tf.integers([0, start]), context.tf.integers([-1, size])]);
    const [gatesKernel, candidateKernel] = resetAfter ? [null, null] : [kernelPart(0, 2 * units), kernelPart(2 * units, units)];
    const step = (input: Ref, [h]: readonly Ref[]): readonly Ref[] => {
      const [xz, xr, xh] = parts(input, 3);
      let z: Ref;
      let candidate: Ref;
      if (resetAfter) {
        const inner = product(context, h!, context.ref(2));
        const [rz, rr, rh] = parts(innerBias ? math.add(inner, innerBias) : inner, 3);
        z = gate(math.add(xz!, rz!));
        candidate = math.add(xh!, math.mul(gate(math.add(xr!, rr!)), rh!));
      } else {
        const [rz, rr] = parts(product(context, h!, gatesKernel!), 2);
        z = gate(math.add(xz!, rz!));
        candidate = math.add(xh!, product(context, math.mul(gate(math.add(xr!, rr!)), h!), candidateKernel!));
      }
      return [math.add(math.mul(z, h!), math.mul(math.sub(1, z), applyActivation(context, activation, candidate)))];
    };
    return unrolled(node, context, 1, { prepared: project(context, inputBias), stateShape: [units], step });
  },
  'conv-lstm2d'(node, context) {
    const { strides, padding, dilations } = node.attributes;
    const math = arithmetic(context);
    const picture = context.shape(0)?.slice(2) ?? [];
    const state = context.outputShape(0)?.slice(-3) ?? [];
    if (picture.length !== 3 || [...picture, ...state].includes(-1)) return context.refuse('it is unrolled, and the size of its pictures is not known');
    const convolve = (x: Ref, kernel: Ref, around: string, steps: readonly number[], spread: readonly number[]): Ref =>
      context.inner('Conv2D', [x, kernel], { ...windowLists(steps, spread), padding: text(around), data_format: text('NHWC') });
    const flat = context.inner('Reshape', [context.ref(0), context.tf.integers([-1, ...picture])]);
    const products = convolve(flat, context.ref(1), padding.toUpperCase(), strides, dilations);
    const bias = biasOf(context);
    const gates = [...state.slice(0, 2), state[2]! * 4];
    const sizes = context.tf.integers([-1, stepsOf(context), ...gates]);
    const prepared = context.inner('Reshape', [bias ? context.inner('BiasAdd', [products, bias]) : products, sizes]);
    const step = (input: Ref, [h, c]: readonly Ref[]): readonly Ref[] =>
      lstmStep(context, node.attributes, math.add(input, convolve(h!, context.ref(2), 'SAME', [1, 1], [1, 1])), c!, 3);
    return unrolled(node, context, 2, { prepared, stateShape: state, step });
  },
} satisfies Partial<Lowerings>;

type Options = Pick<OpAttributes['simple-rnn'], 'returnSequences' | 'goBackwards' | 'zeroOutputForMask'>;
type RecurrentNode = NodeOf<'simple-rnn'> | NodeOf<'lstm'> | NodeOf<'gru'> | NodeOf<'conv-lstm2d'>;

function unrolled(node: RecurrentNode, context: LoweringContext, stateCount: number, cell: Cell): readonly Ref[] {
  const options: Options = node.attributes;
  const steps = stepsOf(context);
  const inTime = (x: Ref): readonly Ref[] => {
    const unpacked = context.inner('Unpack', [x], { axis: integer(1), num: integer(steps) });
    const refs = Array.from({ length: steps }, (_, time) => at(unpacked, time));
    return options.goBackwards ? refs.toReversed() : refs;
  };
  const inputs = inTime(cell.prepared);
  const masks = context.has(MASK) ? inTime(context.ref(MASK)) : null;
  const zeros = needsZeros(context, stateCount, masks !== null) ? zeroState(context, cell.stateShape) : null;
  let states: readonly Ref[] = Array.from({ length: stateCount }, (_, i) =>
    context.has(FIRST_STATE + i) ? context.ref(FIRST_STATE + i) : zeros!,
  );
  let last = zeros ?? states[0]!;
  const sequence: Ref[] = [];
  inputs.forEach((input, time) => {
    const next = cell.step(input, states);
    if (!masks) {
      [states, last] = [next, next[0]!];
      sequence.push(last);
      return;
    }
    const valid = context.inner('Reshape', [masks[time]!, context.tf.integers([-1, ...cell.stateShape.map(() => 1)])]);
    const choose = (a: Ref, b: Ref): Ref => context.inner('SelectV2', [valid, a, b]);
    sequence.push(choose(next[0]!, options.zeroOutputForMask ? zeros! : last));
    last = choose(next[0]!, last);
    states = next.map((state, i) => choose(state, states[i]!));
  });
  const y = options.returnSequences ? context.inner('Pack', sequence, { ...count(steps), axis: integer(1) }) : last;
  return [y, ...states].slice(0, node.outputs.length);
}

function stepsOf(context: LoweringContext): number {
  const steps = context.shape(0)?.[1] ?? -1;
  if (steps < 0) return context.refuse('it would be unrolled, and the number of its time steps is not known; give the input a fixed length');
  if (steps === 0 || steps > LARGEST_STEP_COUNT) return context.refuse(`it would be unrolled over ${steps} steps; 1…${LARGEST_STEP_COUNT} are allowed`);
  return steps;
}

function needsZeros(context: LoweringContext, stateCount: number, isMasked: boolean): boolean {
  return isMasked || Array.from({ length: stateCount }, (_, i) => context.has(FIRST_STATE + i)).includes(false);
}

/** Zeros for every sample of the batch. */
function zeroState(context: LoweringContext, stateShape: readonly number[]): Ref {
  const batch = context.shape(0)?.[0] ?? -1;
  if (batch > 0) return context.tf.floats(new Array<number>(stateShape.reduce((a, b) => a * b, batch)).fill(0), [batch, ...stateShape]);
  const size = sizeAt(context, context.inner('Shape', [context.ref(0)]), 0);
  const sizes = [size, ...stateShape.map((length) => context.tf.integers(length))];
  const shape = context.inner('Pack', sizes, { ...count(sizes.length), axis: integer(0) });
  return context.inner('Fill', [shape, context.tf.floats(0)], { T: typeAttribute('float32') });
}

function biasOf(context: LoweringContext): Ref | null {
  return context.has(3) ? context.ref(3) : null;
}

function product(context: LoweringContext, a: Ref, b: Ref): Ref {
  return context.inner('MatMul', [a, b], { transpose_a: boolean(false), transpose_b: boolean(false) });
}

/** x [B, T, F] · kernel [F, G] + bias → [B, T, G]. */
function project(context: LoweringContext, bias: Ref | null): Ref {
  const [features, gates] = context.knownShape(1, 'it is unrolled') as readonly [number, number];
  const flat = product(context, context.inner('Reshape', [context.ref(0), context.tf.integers([-1, features])]), context.ref(1));
  const biased = bias === null ? flat : context.inner('BiasAdd', [flat, bias]);
  return context.inner('Reshape', [biased, context.tf.integers([-1, stepsOf(context), gates])]);
}

/** `axis` is the last of a value without its time: channels of units or of pictures. */
function splitLast(context: LoweringContext, x: Ref, axis: number, parts: number): readonly Ref[] {
  const y = context.inner('Split', [context.tf.integers(axis), x], { num_split: integer(parts) });
  return Array.from({ length: parts }, (_, k) => at(y, k));
}

function lstmStep(
  context: LoweringContext,
  attributes: { readonly activation: RecurrentActivation; readonly recurrentActivation: RecurrentActivation },
  gates: Ref,
  c: Ref,
  axis: number,
): readonly Ref[] {
  const math = arithmetic(context);
  const gate = (x: Ref): Ref => applyActivation(context, attributes.recurrentActivation, x);
  const act = (x: Ref): Ref => applyActivation(context, attributes.activation, x);
  const [input, forget, candidate, output] = splitLast(context, gates, axis, 4);
  const carried = math.add(math.mul(gate(forget!), c), math.mul(gate(input!), act(candidate!)));
  return [math.mul(gate(output!), act(carried)), carried];
}
