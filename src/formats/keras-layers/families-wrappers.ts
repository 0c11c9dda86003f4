/** TimeDistributed: one layer or model over every time step, as if the steps were more batch. */
import { malformed } from './config';
import { reshapeTo } from './dynamic-shape';
import type { Flow, GraphBuilder } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, maskOf, shapeOf, sizeAt, withMask } from './lowering';

/** Layers that do the same on more leading axes; they need no reshape. */
const ANY_RANK = new Set(['Dense', 'Activation', 'ReLU', 'LeakyReLU', 'ELU', 'Dropout', 'Rescaling']);

export const wrapperLayers: FamilyTable = {
  TimeDistributed: { lower: timeDistributed },
};

function timeDistributed(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = { ...inputOf(call), mask: null };
  const inner = call.layer.inner[0] ?? malformed(call, 'wraps no layer.');
  const shape = shapeOf(call, x);
  if (shape.length < 3) return malformed(call, `needs a time axis; its input is [${shape.join(', ')}].`);
  const mask = maskOf(call);
  if (ANY_RANK.has(inner.className)) return call.lowerInner(inner, [x]).map((flow) => withMask(flow, mask));
  const rest = shape.slice(2).map((_, i) => sizeAt(call, x, i + 2));
  const merged = reshapeTo(builder, x, [{ axes: [0, 1] }, ...rest]);
  const lead = shape.slice(0, 2);
  return call.lowerInner(inner, [merged]).map((flow) => {
    const tail = shapeOf(call, flow).slice(1);
    return withMask(unmerge(call, builder, flow, x, lead, tail), mask);
  });
}

/** Takes batch and time apart again; their sizes are those of the wrapper's input. */
function unmerge(call: LayerCall, builder: GraphBuilder, flow: Flow, x: Flow, lead: readonly number[], tail: readonly number[]): Flow {
  if (tail.some((size) => size < 0)) return malformed(call, `gives steps of unknown size [${tail.join(', ')}].`);
  const unknown = lead.filter((size) => size < 0).length;
  if (unknown <= 1) return builder.node('reshape', [flow], { shape: [...lead, ...tail] });
  const sizes = builder.node('slice', [builder.node('shape', [x], {})], { begin: [0], size: [2] });
  const target = builder.node('concat', [sizes, builder.integers('step', [tail.length], tail)], { axis: 0, activation: 'none' });
  return builder.node('reshape', [flow, target], { shape: null });
}
