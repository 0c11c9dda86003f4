/**
 * Multi-head and grouped-query attention. The projections are dense nodes over flattened heads, so that passes treat them as
 * any dense layer: kernel [D, heads, size] becomes [D, heads · size]. Attention axes next to one another are joined to one.
 */
import { both, causalMask, maskScores } from './attention-mask';
import { type ConfigOwner, demand, flagOf, integerOf, malformed, refuse, show } from './config';
import { reshapeTo, type ShapePart } from './dynamic-shape';
import type { Flow, GraphBuilder } from './graph-builder';
import { type FamilyTable, isFlow, type LayerCall, positiveAxis, rankOf, shapeOf, weightOf, withMask } from './lowering';
import { repeatAxis } from './families-reshaping';

export const multiHeadLayers: FamilyTable = {
  MultiHeadAttention: {
    weights: roles,
    lower: (call, builder) =>
      attend(call, builder, { queryHeads: integerOf(call, 'num_heads'), keyHeads: integerOf(call, 'num_heads'), size: integerOf(call, 'key_dim') }),
  },
  GroupedQueryAttention: {
    weights: roles,
    lower: (call, builder) =>
      attend(call, builder, {
        queryHeads: integerOf(call, 'num_query_heads'),
        keyHeads: integerOf(call, 'num_key_value_heads'),
        size: integerOf(call, 'head_dim'),
      }),
  },
};

const PROJECTIONS = ['query', 'key', 'value', 'attention_output'] as const;

interface Heads {
  readonly queryHeads: number;
  readonly keyHeads: number;
  /** Numbers a head in query and key. */
  readonly size: number;
}

function roles(owner: ConfigOwner): string[] {
  return PROJECTIONS.flatMap((name) => (owner.config.use_bias === false ? [`${name}/kernel`] : [`${name}/kernel`, `${name}/bias`]));
}

function attend(call: LayerCall, builder: GraphBuilder, heads: Heads): Flow[] {
  demand(call, 'use_gate', false);
  if (call.config.sliding_window !== null && call.config.sliding_window !== undefined) return refuse(call, 'attends within a sliding window.');
  const operand = (index: number, name: string): Flow | undefined =>
    [call.args[index], call.kwargs[name]].find((value): value is Flow => isFlow(value));
  const query = operand(0, 'query') ?? malformed(call, 'is called without a query.');
  const value = operand(1, 'value') ?? malformed(call, 'is called without a value.');
  const key = operand(2, 'key') ?? value;
  const first = firstAttentionAxis(call, query);

  const project = (x: Flow, index: number, count: number): Flow => {
    const flat = flattenAxes(builder, x, first);
    const projected = denseOf(call, builder, flat, index, [shapeOf(call, x).at(-1)!, -1]);
    const width = projected.shape!.at(-1)!;
    if (width % count !== 0) return malformed(call, `has ${width} numbers for ${count} heads.`);
    const lead: ShapePart[] = Array.from({ length: first + 1 }, (_, axis) => ({ axes: [axis] }));
    return builder.node('transpose', [reshapeTo(builder, projected, [...lead, count, width / count])], { permutation: swapHeads(first) });
  };
  const queries = project(query, 0, heads.queryHeads);
  const keys = spreadHeads(call, builder, project(key, 1, heads.keyHeads), first, heads);
  const values = spreadHeads(call, builder, project(value, 2, heads.keyHeads), first, heads);
  const scale = builder.floats('scale', [], [1 / Math.sqrt(heads.size)]);
  const scaled = builder.node('mul', [queries, scale], { activation: 'none' });
  const scores = builder.node('batch-matmul', [scaled, keys], { transposeA: false, transposeB: true });
  const weights = builder.node('softmax', [maskScores(builder, scores, maskOfScores(call, builder, query, value, key, first))], { axis: -1 });
  const mixed = builder.node('batch-matmul', [weights, values], { transposeA: false, transposeB: false });
  const together = builder.node('transpose', [mixed], { permutation: swapHeads(first) });
  const lead: ShapePart[] = Array.from({ length: first + 1 }, (_, axis) => ({ axes: [axis] }));
  const width = together.shape!.at(-2)! * together.shape!.at(-1)!;
  const output = denseOf(call, builder, reshapeTo(builder, together, [...lead, width]), 3, [width, -1]);
  const y = withMask(restoreAxes(call, builder, output, query, first), query.mask);
  if (call.kwargs.return_attention_scores !== true) return [y];
  if (rankOf(call, query) - first !== 2) return refuse(call, 'returns scores over several attention axes.');
  return [y, weights];
}

/** Attention axes must run up to the features; those before them are batch. */
function firstAttentionAxis(call: LayerCall, query: Flow): number {
  const rank = rankOf(call, query);
  const given = call.config.attention_axes;
  if (given === null || given === undefined) return 1;
  const axes = (Array.isArray(given) ? given : [given]).map((axis) => positiveAxis(call, Number(axis), rank)).sort((a, b) => a - b);
  const isRun = axes.every((axis, i) => axis === rank - 1 - axes.length + i) && axes[0]! >= 1;
  return isRun ? axes[0]! : refuse(call, `attends over the axes ${show(given)}; Whittle runs neighbouring axes that end before the features.`);
}

/** Joins the axes from `first` up to the features. */
function flattenAxes(builder: GraphBuilder, x: Flow, first: number): Flow {
  const rank = x.shape!.length;
  if (rank - first === 2) return x;
  const lead: ShapePart[] = Array.from({ length: first }, (_, axis) => ({ axes: [axis] }));
  const joined = Array.from({ length: rank - 1 - first }, (_, i) => first + i);
  return reshapeTo(builder, x, [...lead, { axes: joined }, x.shape!.at(-1)!]);
}

function restoreAxes(call: LayerCall, builder: GraphBuilder, y: Flow, query: Flow, first: number): Flow {
  const shape = shapeOf(call, query);
  if (shape.length - first === 2) return y;
  const target = [...shape.slice(0, -1), y.shape!.at(-1)!];
  if (target.filter((size) => size < 0).length > 1) return refuse(call, 'attends over axes of unknown size.');
  return builder.node('reshape', [y], { shape: target });
}

/** One of the four projections, over its kernel flattened to two axes; −1 stands for what is left. */
function denseOf(call: LayerCall, builder: GraphBuilder, x: Flow, index: number, shape: readonly [number, number]): Flow {
  const hasBias = flagOf(call, 'use_bias', true);
  const name = PROJECTIONS[index]!;
  const position = hasBias ? index * 2 : index;
  const size = call.weights[position]!.shape.reduce((product, dimension) => product * dimension, 1);
  const columns = size / shape[0];
  const kernel = weightOf(call, builder, position, `${name}/kernel`, [shape[0], columns]);
  const bias = hasBias ? weightOf(call, builder, position + 1, `${name}/bias`, [columns]) : null;
  return builder.node('dense', [x, kernel, bias], { activation: 'none' });
}

/** [lead …, time, heads, size] to [lead …, heads, time, size] and back. */
function swapHeads(first: number): number[] {
  return [...Array.from({ length: first }, (_, axis) => axis), first + 1, first, first + 2];
}

/** Grouped queries share a key head. */
function spreadHeads(call: LayerCall, builder: GraphBuilder, x: Flow, axis: number, heads: Heads): Flow {
  if (heads.queryHeads === heads.keyHeads) return x;
  if (heads.queryHeads % heads.keyHeads !== 0) return malformed(call, `has ${heads.queryHeads} query heads for ${heads.keyHeads} key heads.`);
  return repeatAxis(call, builder, x, axis, heads.queryHeads / heads.keyHeads);
}

/** Queries, values and keys that count, what was asked for, and causality; true where a score counts. */
function maskOfScores(call: LayerCall, builder: GraphBuilder, query: Flow, value: Flow, key: Flow, first: number): Flow | null {
  const explicit = (name: string, travelling: Flow['mask']): Flow | null => {
    const given = call.kwargs[name];
    return isFlow(given) ? given : (travelling?.() ?? null);
  };
  const queryMask = explicit('query_mask', query.mask);
  const valueMask = explicit('value_mask', value.mask);
  const keyMask = key.id === value.id ? null : explicit('key_mask', key.mask);
  const attentionMask = isFlow(call.kwargs.attention_mask) ? call.kwargs.attention_mask : isFlow(call.args[6]) ? (call.args[6] as Flow) : null;
  const expand = (mask: Flow | null, axis: number): Flow | null => mask && builder.node('expand-dims', [mask], { axis });
  let mask = both(builder, both(builder, expand(queryMask, -1), expand(valueMask, 1)), expand(keyMask, 1));
  const isSimple = first === 1 && rankOf(call, query) === 3;
  if (call.kwargs.use_causal_mask === true) {
    if (!isSimple) return refuse(call, 'is causal over several axes.');
    mask = both(builder, mask, causalMask(builder, query, 1, value, 1));
  }
  const asked = attentionMask && (attentionMask.dtype === 'bool' ? attentionMask : builder.node('cast', [attentionMask], { dtype: 'bool' }));
  mask = both(builder, mask, asked);
  if (!mask) return null;
  if (!isSimple) return refuse(call, 'masks attention over several axes.');
  return mask.shape?.length === 3 ? builder.node('expand-dims', [mask], { axis: 1 }) : mask;
}
