/**
 * Which constants are trained: what products multiply with, their biases, scales and shifts of normalizations, slopes, and
 * constants that are added to or multiplied with something that already depends on one of these (a bias of its own, a folded
 * normalization). Scalars, arguments and the preprocessing of inputs stand still, and so does what is frozen.
 */
import type { Node, Value, ValueId } from '../../ir/graph';
import type { Parameter } from '../network';

type Role = Parameter['role'];

export function parametersOf(nodes: readonly Node[], values: Readonly<Record<ValueId, Value>>, frozen: readonly ValueId[]): Parameter[] {
  const parameters = new Map<ValueId, Parameter>();
  const learned = new Set<ValueId>();
  for (const node of nodes) {
    const depends = node.inputs.some((id) => id !== null && learned.has(id));
    for (const [index, id] of node.inputs.entries()) {
      const value = id === null ? undefined : values[id];
      if (!value?.tensor || value.dtype !== 'float32') continue;
      const role = roleOf(node, index, value, depends);
      if (role === null) continue;
      learned.add(value.id);
      if (!frozen.includes(value.id) && !parameters.has(value.id)) {
        parameters.set(value.id, { valueId: value.id, name: value.name, shape: value.tensor.shape, role });
      }
    }
    if (node.inputs.some((id) => id !== null && learned.has(id))) for (const id of node.outputs) learned.add(id);
  }
  return [...parameters.values()];
}

function roleOf(node: Node, index: number, { shape }: Value, depends: boolean): Role | null {
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'depthwise-conv2d':
    case 'transpose-conv2d':
    case 'transpose-conv3d':
    case 'dense':
      return index === 1 ? 'kernel' : index === 2 ? 'bias' : null;
    case 'lstm':
    case 'gru':
    case 'simple-rnn':
    case 'conv-lstm2d':
      return index === 1 || index === 2 ? 'kernel' : index === 3 ? 'bias' : null;
    case 'batch-matmul':
    case 'einsum':
      return shape !== null && shape.length >= 2 ? 'kernel' : null;
    case 'gather':
      return index === 0 && shape !== null && shape.length >= 2 ? 'kernel' : null;
    case 'batch-norm':
      return index === 3 ? 'scale' : index === 4 ? 'shift' : null;
    case 'layer-norm':
    case 'group-norm':
      return index === 1 ? 'scale' : index === 2 ? 'shift' : null;
    case 'prelu':
      return index === 1 ? 'slope' : null;
    case 'add':
    case 'sub':
      return depends && isVector(shape) ? 'bias' : null;
    case 'mul':
    case 'div':
      return depends && isVector(shape) ? 'scale' : null;
    default:
      return null;
  }
}

function isVector(shape: Value['shape']): boolean {
  return shape !== null && shape.reduce((size, length) => size * length, 1) > 1;
}
