/** Windowed and global pooling in 1 to 3 dimensions. */
import { choiceOf, countsOf, flagOf } from './config';
import { channelsLast } from './families-convolution';
import type { Flow, GraphBuilder } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, type LayerFamily, maskOf, rankOf, withMask } from './lowering';

export const poolingLayers: FamilyTable = Object.fromEntries(
  ([1, 2, 3] as const).flatMap((dimensions): [string, LayerFamily][] => [
    [`MaxPooling${dimensions}D`, windowed('max-pool', dimensions)],
    [`AveragePooling${dimensions}D`, windowed('average-pool', dimensions)],
    [`GlobalMaxPooling${dimensions}D`, global('max')],
    [`GlobalAveragePooling${dimensions}D`, global('mean')],
  ]),
);

function windowed(op: 'max-pool' | 'average-pool', dimensions: number): LayerFamily {
  const lower = (call: LayerCall, builder: GraphBuilder): Flow[] => {
    const kernel = countsOf(call, 'pool_size', dimensions, 2);
    const strides = call.config.strides === null || call.config.strides === undefined ? kernel : countsOf(call, 'strides', dimensions);
    const padding = choiceOf(call, 'padding', ['valid', 'same'], 'valid');
    return [channelsLast(call, builder, inputOf(call), (x) => builder.node(op, [x], { kernel, strides, padding, activation: 'none' }))];
  };
  return { lower };
}

function global(op: 'max' | 'mean'): LayerFamily {
  const lower = (call: LayerCall, builder: GraphBuilder): Flow[] => {
    const x = inputOf(call);
    const rank = rankOf(call, x);
    const isFirst = choiceOf(call, 'data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_first';
    const axes = Array.from({ length: rank - 2 }, (_, i) => i + (isFirst ? 2 : 1));
    const keepDims = flagOf(call, 'keepdims', false);
    const mask = maskOf(call);
    if (op === 'mean' && call.className === 'GlobalAveragePooling1D' && mask && !isFirst) return [maskedMean(builder, x, mask(), keepDims)];
    return [withMask(builder.node(op, [x], { axes, keepDims }), null)];
  };
  return { lower };
}

/** Σ x · mask / Σ mask over time. */
function maskedMean(builder: GraphBuilder, x: Flow, mask: Flow, keepDims: boolean): Flow {
  const kept = builder.node('cast', [mask], { dtype: 'float32' });
  const weights = builder.node('expand-dims', [kept], { axis: -1 });
  const total = builder.node('sum', [builder.node('mul', [x, weights], { activation: 'none' })], { axes: [1], keepDims });
  return builder.node('div', [total, builder.node('sum', [weights], { axes: [1], keepDims })], { activation: 'none' });
}
