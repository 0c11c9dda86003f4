/** Small graphs for the executor's tests, and the same nets in plain TensorFlow.js as their oracle. */
import type { Graph, Node, Value } from '../../../src/ir/graph';
import type { Tensor } from '../../../src/ir/tensor';
import { random } from './numbers';
import { float32Tensor } from '../../../src/ir/tensor';

export interface Draft {
  readonly nodes: Node[];
  readonly values: Record<string, Value>;
}

export function draft(): Draft {
  return { nodes: [], values: {} };
}

export function value(into: Draft, id: string, shape: readonly number[] | null, tensor?: Tensor): string {
  into.values[id] = { id, name: id, dtype: tensor?.dtype ?? 'float32', shape, ...(tensor ? { tensor } : {}) };
  return id;
}

export function weights(into: Draft, id: string, shape: readonly number[], seed: number): string {
  return value(into, id, shape, float32Tensor(shape, random(shape, seed)));
}

export function finish({ nodes, values }: Draft, inputs: readonly string[], outputs: readonly string[]): Graph {
  return { name: 'test', inputs, outputs, inputNames: inputs, outputNames: outputs, nodes, values, source: { format: 'test', producer: '' } };
}

/** conv → relu6 → depthwise → add → leaky-relu → dense, with the activations as nodes of their own. */
export function smallNet(): Graph {
  const d = draft();
  value(d, 'x', [-1, 8, 8, 3]);
  weights(d, 'conv/kernel', [3, 3, 3, 4], 1);
  weights(d, 'conv/bias', [4], 2);
  weights(d, 'depthwise/kernel', [3, 3, 4, 1], 3);
  weights(d, 'dense/kernel', [64, 5], 4);
  for (const [id, shape] of [['a', [-1, 4, 4, 4]], ['b', [-1, 4, 4, 4]], ['c', [-1, 4, 4, 4]], ['d', [-1, 4, 4, 4]], ['e', [-1, 4, 4, 4]], ['f', [-1, 64]], ['y', [-1, 5]]] as const) {
    value(d, id, shape);
  }
  d.nodes.push(
    { id: 'n0', name: 'conv', op: 'conv2d', inputs: ['x', 'conv/kernel', 'conv/bias'], outputs: ['a'], attributes: { strides: [2, 2], padding: 'same', dilations: [1, 1], groups: 1, activation: 'none' } },
    { id: 'n1', name: 'relu6', op: 'relu6', inputs: ['a'], outputs: ['b'], attributes: {} },
    { id: 'n2', name: 'depthwise', op: 'depthwise-conv2d', inputs: ['b', 'depthwise/kernel'], outputs: ['c'], attributes: { strides: [1, 1], padding: 'same', dilations: [1, 1], activation: 'relu' } },
    { id: 'n3', name: 'add', op: 'add', inputs: ['b', 'c'], outputs: ['d'], attributes: { activation: 'none' } },
    { id: 'n4', name: 'identity', op: 'identity', inputs: ['d'], outputs: ['e'], attributes: {} },
    { id: 'n5', name: 'flatten', op: 'flatten', inputs: ['e'], outputs: ['f'], attributes: {} },
    { id: 'n6', name: 'dense', op: 'dense', inputs: ['f', 'dense/kernel'], outputs: ['y'], attributes: { activation: 'sigmoid' } },
  );
  return finish(d, ['x'], ['y']);
}
