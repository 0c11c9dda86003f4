/** How a layer may have been called, when all that is known is which values its nodes read. */
import type { ValueId } from '../../ir/graph';

/** Arguments with value ids in place of tensors. */
export interface CallCandidate {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A value among the arguments of a candidate. */
export class ValueArgument {
  constructor(readonly id: ValueId) {}
}

export interface ExternalValues {
  /** In the order in which the nodes read them, one entry for each reading. */
  readonly reads: readonly ValueId[];
  /** Values that are true or false: masks, mostly. */
  readonly masks: readonly ValueId[];
}

const LIST_LAYERS = new Set(['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot']);
const ATTENTION_LAYERS = new Set(['Attention', 'AdditiveAttention']);
const HEAD_LAYERS = new Set(['MultiHeadAttention', 'GroupedQueryAttention']);
const RECURRENT_LAYERS = new Set(['LSTM', 'GRU', 'SimpleRNN', 'RNN', 'Bidirectional', 'ConvLSTM1D', 'ConvLSTM2D', 'ConvLSTM3D']);

/** The likeliest first; each is tried until one is read as what stands in the graph. */
export function callCandidates(className: string, { reads, masks }: ExternalValues): CallCandidate[] {
  const unique = [...new Set(reads)];
  const tensor = (id: ValueId): ValueArgument => new ValueArgument(id);
  if (unique.length === 0) return [];
  if (LIST_LAYERS.has(className)) return orders(reads).map((ids) => ({ args: [ids.map(tensor)], kwargs: {} }));
  if (ATTENTION_LAYERS.has(className)) {
    return operandLists(unique).flatMap((ids) => withFlags({ args: [ids.map(tensor)], kwargs: {} }));
  }
  if (HEAD_LAYERS.has(className)) {
    const masked = masks.map((id) => ({ attention_mask: tensor(id) }));
    return operandLists(unique).flatMap((ids) =>
      [{}, ...masked].flatMap((kwargs) => withFlags({ args: ids.map(tensor), kwargs })),
    );
  }
  if (RECURRENT_LAYERS.has(className)) {
    const [x, ...states] = unique as [ValueId, ...ValueId[]];
    const initial = states.length > 0 ? { initial_state: states.map(tensor) } : {};
    const plain = { args: [tensor(x)], kwargs: initial };
    return [plain, ...masks.map((id) => ({ args: [tensor(x)], kwargs: { ...initial, mask: tensor(id) } }))];
  }
  if (className === 'CategoryEncoding' && unique.length === 2) {
    return [{ args: [tensor(unique[0]!)], kwargs: { count_weights: tensor(unique[1]!) } }];
  }
  return unique.length === 1 ? [{ args: [tensor(unique[0]!)], kwargs: {} }] : [];
}

/** Tensors of lower rank are read first, wherever they stand in the list: few are tried in every order. */
function orders(ids: readonly ValueId[]): ValueId[][] {
  if (ids.length > LARGEST_PERMUTED) return [[...ids]];
  if (ids.length <= 1) return [[...ids]];
  return ids.flatMap((first, i) => orders(ids.filter((_, j) => j !== i)).map((rest) => [first, ...rest]));
}

/** Six orders. */
const LARGEST_PERMUTED = 3;

/** Two or three operands out of at most three values; self-attention first. */
function operandLists(ids: readonly ValueId[]): ValueId[][] {
  if (ids.length > 3) return [];
  const lists: ValueId[][] = [];
  for (const query of ids) {
    for (const value of ids) {
      lists.push([query, value]);
      for (const key of ids) if (key !== value) lists.push([query, value, key]);
    }
  }
  return lists.filter((list) => new Set(list).size === ids.length);
}

function withFlags({ args, kwargs }: CallCandidate): CallCandidate[] {
  const scores = { return_attention_scores: true };
  const causal = { use_causal_mask: true };
  return [kwargs, { ...kwargs, ...causal }, { ...kwargs, ...scores }, { ...kwargs, ...causal, ...scores }].map((own) => ({ args, kwargs: own }));
}
