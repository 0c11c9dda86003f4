/** Attributes that name sizes of axes that lost channels. */
import type { Node, NodeOf } from '../../ir/graph';
import { decodeIntegers } from '../../ir/tensor';
import { frontAxis, targetShape } from './movement-rules';
import type { Removal } from './remove';
import { sliceOf } from './slice-ranges';

export function resizeNode(removal: Removal, node: Node): Node {
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
      return resizeConvolution(removal, node);
    case 'transpose-conv2d':
    case 'transpose-conv3d':
      return resizeTransposed(removal, node);
    case 'reshape':
    case 'broadcast-to':
      return resizeTarget(removal, node);
    case 'split':
      return resizeSplit(removal, node);
    case 'slice':
    case 'strided-slice':
      return resizeSlice(removal, node);
    case 'pad':
      return resizePad(removal, node);
    default:
      return node;
  }
}

/** Groups of one input go with their input. */
function resizeConvolution({ tracer, keptOf }: Removal, node: NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'conv3d'>): Node {
  const kept = keptOf(tracer.labelsOf(node.inputs[0]!).at(-1));
  const isOneInput = tracer.shapeOf(node.inputs[1]!)!.at(-2) === 1;
  if (!kept || node.attributes.groups === 1 || !isOneInput) return node;
  return { ...node, attributes: { ...node.attributes, groups: kept.length } };
}

/** The size of the output, where it is given, ends with its channels. */
function resizeTransposed({ tracer, keptOf, addIntegers }: Removal, node: NodeOf<'transpose-conv2d'> | NodeOf<'transpose-conv3d'>): Node {
  const [, , , size] = node.inputs;
  const kept = keptOf(tracer.labelsOf(node.outputs[0]!).at(-1));
  if (!size || !kept) return node;
  const resized = decodeIntegers(tracer.graph.values[size]!.tensor!).with(-1, kept.length);
  return { ...node, inputs: node.inputs.with(3, addIntegers(`${node.id}/output-size`, [...resized])) };
}

function resizeTarget({ tracer, keptOf }: Removal, node: NodeOf<'reshape'> | NodeOf<'broadcast-to'>): Node {
  const kept = tracer.labelsOf(node.outputs[0]!).map(keptOf);
  const target = targetShape(tracer, node);
  if (!target || kept.every((axis) => axis === null)) return node;
  const shape = target.map((size, axis) => (size < 0 ? size : (kept[axis]?.length ?? size)));
  return { ...node, inputs: node.inputs.slice(0, 1), attributes: { shape } };
}

function resizeSplit({ tracer, keptOf }: Removal, node: NodeOf<'split'>): Node {
  const labels = tracer.labelsOf(node.inputs[0]!);
  const axis = frontAxis(node.attributes.axis, labels.length);
  if (!keptOf(labels[axis])) return node;
  const sizes = node.outputs.map((id) => {
    const part = tracer.labelsOf(id)[axis]!;
    return keptOf(part)?.length ?? part.length;
  });
  if ('count' in node.attributes && sizes.every((size) => size === sizes[0])) return node;
  return { ...node, attributes: { axis: node.attributes.axis, sizes } };
}

function resizeSlice({ tracer, keptOf }: Removal, node: NodeOf<'slice'> | NodeOf<'strided-slice'>): Node {
  const labels = tracer.labelsOf(node.inputs[0]!);
  const ranges = sliceOf(tracer, node);
  if (!ranges || !labels.some((own) => keptOf(own))) return node;
  const changes = ranges.flatMap((range) => {
    const kept = range.axis === null ? null : keptOf(labels[range.axis]);
    if (!kept || range.argument === null) return [];
    const begin = kept.filter((index) => index < range.begin).length;
    const size = kept.filter((index) => index >= range.begin && index < range.begin + range.size).length;
    return [{ argument: range.argument, begin, size }];
  });
  const given = (numbers: readonly number[] | null, input: number): number[] => [...(numbers ?? (tracer.contentsOf(node.inputs[input]) as number[]))];
  if (node.op === 'slice') {
    const begin = given(node.attributes.begin, 1);
    const size = given(node.attributes.size, 2);
    for (const change of changes) [begin[change.argument], size[change.argument]] = [change.begin, change.size];
    return { ...node, inputs: node.inputs.slice(0, 1), attributes: { begin, size } };
  }
  const begin = given(node.attributes.begin, 1);
  const end = given(node.attributes.end, 2);
  const strides = given(node.attributes.strides, 3);
  let { beginMask, endMask } = node.attributes;
  for (const change of changes) {
    [begin[change.argument], end[change.argument]] = [change.begin, change.begin + change.size];
    beginMask &= ~(1 << change.argument);
    endMask &= ~(1 << change.argument);
  }
  return { ...node, inputs: node.inputs.slice(0, 1), attributes: { ...node.attributes, begin, end, strides, beginMask, endMask } };
}

function resizePad({ tracer, keptOf }: Removal, node: NodeOf<'pad'>): Node {
  const labels = tracer.labelsOf(node.outputs[0]!);
  const { paddings } = node.attributes;
  if (!paddings || !labels.some((own) => keptOf(own))) return node;
  const resized = paddings.map(([before, after], axis): readonly [number, number] => {
    const kept = keptOf(labels[axis]);
    if (!kept) return [before, after];
    const length = labels[axis]!.length;
    return [kept.filter((index) => index < before).length, kept.filter((index) => index >= length - after).length];
  });
  return { ...node, attributes: { ...node.attributes, paddings: resized } };
}
