/** Resizing, and the choices that detectors make from boxes and scores. */
import type { ValueId } from '../../../ir/graph';
import { float32Tensor } from '../../../ir/tensor';
import type { OpAttributes } from '../../../ops/signatures';
import type { GraphBuilder, Mapping, Mappings, TfNode } from '../graph-builder';

export const imageMappings: Mappings = {
  ResizeBilinear: resize('resize-bilinear'),
  ResizeNearestNeighbor: resize('resize-nearest'),
  // Version 2 has no score threshold, 3 has one, 4 also counts and pads, 5 softens scores.
  NonMaxSuppressionV2: (node, builder) => {
    const none = builder.constant(`${node.name}/score_threshold`, float32Tensor([], [Number.NEGATIVE_INFINITY]));
    return suppression(node, builder, 'indices', [...first(node, 4), none]);
  },
  NonMaxSuppressionV3: (node, builder) => suppression(node, builder, 'indices', first(node, 5)),
  NonMaxSuppressionV4: (node, builder) => {
    if (node.attributes.boolean('pad_to_max_output_size', false)) {
      node.refuse('padding the chosen boxes to a fixed number is not supported');
    }
    return suppression(node, builder, 'indices-count', first(node, 5));
  },
  NonMaxSuppressionV5: (node, builder) => {
    if (node.usedOutputs > 2) node.refuse('its third output, the number of boxes, is not given by TensorFlow.js either');
    return suppression(node, builder, 'indices-scores', first(node, 6));
  },
  Where: (node, builder) => {
    const condition = node.input(0);
    const isBool = builder.typeOf(condition).dtype === 'bool';
    const flags = isBool ? condition : builder.emit(node, 'cast', [condition], { dtype: 'bool' }, 'flags');
    return [builder.emit(node, 'where', [flags], {})];
  },
};

function resize(op: 'resize-bilinear' | 'resize-nearest'): Mapping {
  return (node, builder) => {
    const size = node.integersOrNull(1);
    if (size && size.length !== 2) return node.refuse(`the size has ${size.length} numbers in place of two`);
    return [
      builder.emit(node, op, size ? [node.input(0)] : [node.input(0), node.input(1)], {
        size: size as readonly [number, number] | null,
        alignCorners: node.attributes.boolean('align_corners', false),
        halfPixelCenters: node.attributes.boolean('half_pixel_centers', false),
      }),
    ];
  };
}

function first(node: TfNode, count: number): readonly ValueId[] {
  return Array.from({ length: count }, (_, i) => node.input(i));
}

function suppression(
  node: TfNode,
  builder: GraphBuilder,
  outputs: OpAttributes['non-max-suppression']['outputs'],
  inputs: readonly ValueId[],
): readonly ValueId[] {
  return builder.emitAll(node, 'non-max-suppression', inputs, { outputs }, { outputs: outputs === 'indices' ? 1 : 2 });
}
