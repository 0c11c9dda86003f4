/**
 * A loop over time written out step by step: the input's products for all steps at once, then the cell once a step, with the
 * same weights. A masked step carries the states on and repeats the output before it (zeros at first), or gives zeros.
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import { algebra } from '../algebra';
import type { Build } from '../rule';

/** Zeros are left out where they are added or multiplied: null. */
export type State = ValueId | null;

export interface Cell {
  /** The prepared input of a step, and the states before it; gives the states after it, the output first. */
  readonly step: (input: ValueId, states: readonly State[]) => readonly ValueId[];
  /** x · kernel + bias for all steps: [batch, time, …]. */
  readonly prepared: ValueId;
  readonly stateCount: number;
}

/** More operators than this take longer to load than to compute, and the file outgrows its weights. */
const MOST_OPERATORS = 20_000;

/** About how many operators a step of each becomes. */
const OPERATORS_A_STEP = { lstm: 13, gru: 14, 'simple-rnn': 4, 'conv-lstm2d': 13 } as const;

type Recurrent = NodeOf<'lstm'> | NodeOf<'gru'> | NodeOf<'simple-rnn'> | NodeOf<'conv-lstm2d'>;

/** True when the steps can be written out. */
export function fits(node: Recurrent, build: Build): boolean {
  return operatorsOf(node, build) <= MOST_OPERATORS;
}

function operatorsOf(node: Recurrent, build: Build): number {
  return build.shape(node.inputs[0]!)[1]! * OPERATORS_A_STEP[node.op];
}

/** `makeCell` is asked once the number of steps is found fit. */
export function unrolled(node: Recurrent, makeCell: () => Cell, build: Build): readonly ValueId[] {
  const { select, reshape } = algebra(build);
  const steps = build.shape(node.inputs[0]!)[1]!;
  if (!fits(node, build)) {
    build.refuse(
      `its ${steps} time steps would be written out as about ${operatorsOf(node, build)} operators, more than ${MOST_OPERATORS}; shorten its ` +
        'sequences, or use an LSTM with tanh and sigmoid and without mask, which has an operator of its own',
    );
  }
  const cell = makeCell();
  const { returnSequences, goBackwards, zeroOutputForMask } = node.attributes;
  const [, , , , mask, ...initial] = node.inputs;
  const rank = build.shape(cell.prepared).length;
  const inTime = (x: ValueId): readonly ValueId[] => {
    const parts = steps === 1 ? [reshape(x, build.shape(x).toSpliced(1, 1))] : build.ops('unstack', [x], { axis: 1 }, steps);
    return goBackwards ? parts.toReversed() : parts;
  };
  const masks = mask ? inTime(reshape(mask, [build.shape(mask)[0]!, steps, ...new Array<number>(rank - 2).fill(1)])) : null;
  const inputs = inTime(cell.prepared);
  let states: readonly State[] = Array.from({ length: cell.stateCount }, (_, i) => initial[i] ?? null);
  let last: State = null;
  const sequence: ValueId[] = [];
  inputs.forEach((input, time) => {
    const next = cell.step(input, states);
    const valid = masks?.[time];
    if (!valid) {
      states = next;
      last = next[0]!;
      sequence.push(last);
      return;
    }
    const before: State = last;
    const carried = select(valid, next[0]!, before ?? 0);
    sequence.push(zeroOutputForMask && before !== null ? select(valid, next[0]!, 0) : carried);
    last = carried;
    states = next.map((state, i) => (i === 0 && states[0] === before ? carried : select(valid, state, states[i] ?? 0)));
  });
  if (last === null) return build.refuse('it has no time steps');
  const shape = build.shape(node.outputs[0]!);
  const y = !returnSequences ? last : sequence.length === 1 ? reshape(sequence[0]!, shape) : build.isUsed(0) ? build.op('stack', sequence, { axis: 1 }) : last;
  return [y, ...(states as readonly ValueId[])];
}
