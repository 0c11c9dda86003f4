/** Dot-product and additive attention (Luong, Bahdanau): inputs are query, value and, if it differs, key. */
import { choiceOf, flagOf, malformed } from './config';
import { both, causalMask, maskScores } from './attention-mask';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, isFlow, type LayerCall, weightOf, withMask } from './lowering';

export const attentionLayers: FamilyTable = {
  Attention: {
    weights: ({ config }) => [...(config.use_scale === true ? ['scale'] : []), ...(config.score_mode === 'concat' ? ['concat_score_weight'] : [])],
    lower: (call, builder) => attend(call, builder, (query, key) => dotScores(call, builder, query, key)),
  },
  AdditiveAttention: {
    weights: ({ config }) => (config.use_scale === false ? [] : ['scale']),
    lower: (call, builder) => attend(call, builder, (query, key) => additiveScores(call, builder, query, key)),
  },
};

function attend(call: LayerCall, builder: GraphBuilder, score: (query: Flow, key: Flow) => Flow): Flow[] {
  const [query, value, third] = call.inputs;
  if (!query || !value) return malformed(call, 'needs a query and a value.');
  const given: readonly unknown[] = Array.isArray(call.kwargs.mask) ? (call.kwargs.mask as unknown[]) : [];
  const maskAt = (index: number): Flow | null => {
    const explicit = given[index];
    return isFlow(explicit) ? explicit : (call.inputs[index]?.mask?.() ?? null);
  };
  const scores = score(query, third ?? value);
  const valueMask = maskAt(1);
  const keys = valueMask && builder.node('expand-dims', [valueMask], { axis: 1 });
  const isCausal = call.kwargs.use_causal_mask === true || flagOf(call, 'causal', false);
  const mask = both(builder, keys, isCausal ? causalMask(builder, query, 1, value, 1) : null);
  const weights = builder.node('softmax', [maskScores(builder, scores, mask)], { axis: -1 });
  let y = builder.node('batch-matmul', [weights, value], { transposeA: false, transposeB: false });
  const queryMask = maskAt(0);
  if (queryMask) {
    const rows = builder.node('expand-dims', [queryMask], { axis: -1 });
    y = builder.node('select', [rows, y, builder.floats('zero', [], [0])], NONE);
  }
  const output = withMask(y, queryMask ? () => queryMask : null);
  return call.kwargs.return_attention_scores === true ? [output, weights] : [output];
}

function dotScores(call: LayerCall, builder: GraphBuilder, query: Flow, key: Flow): Flow {
  const hasScale = flagOf(call, 'use_scale', false);
  if (choiceOf(call, 'score_mode', ['dot', 'concat'], 'dot') === 'concat') {
    const sum = sumOfPairs(builder, query, key);
    const scaled = hasScale ? builder.node('mul', [sum, weightOf(call, builder, 0, 'scale')], { activation: 'none' }) : sum;
    const total = builder.node('sum', [builder.node('tanh', [scaled], NONE)], { axes: [-1], keepDims: false });
    return builder.node('mul', [total, weightOf(call, builder, hasScale ? 1 : 0, 'concat_score_weight')], { activation: 'none' });
  }
  const scores = builder.node('batch-matmul', [query, key], { transposeA: false, transposeB: true });
  return hasScale ? builder.node('mul', [scores, weightOf(call, builder, 0, 'scale')], { activation: 'none' }) : scores;
}

function additiveScores(call: LayerCall, builder: GraphBuilder, query: Flow, key: Flow): Flow {
  const active = builder.node('tanh', [sumOfPairs(builder, query, key)], NONE);
  const scaled = flagOf(call, 'use_scale', true) ? builder.node('mul', [active, weightOf(call, builder, 0, 'scale')], { activation: 'none' }) : active;
  return builder.node('sum', [scaled], { axes: [-1], keepDims: false });
}

/** [batch, queries, 1, dim] + [batch, 1, keys, dim]. */
function sumOfPairs(builder: GraphBuilder, query: Flow, key: Flow): Flow {
  const rows = builder.node('expand-dims', [query], { axis: 2 });
  const columns = builder.node('expand-dims', [key], { axis: 1 });
  return builder.node('add', [rows, columns], { activation: 'none' });
}

