/** Small graphs built by hand, for tests of everything that works on graphs. */
import type { Graph, Node, Value } from '../../src/ir/graph';
import { float32Tensor, type Tensor } from '../../src/ir/tensor';
import { createRandom } from '../../src/lib/random';

/** Builds a graph node by node; every node's output is named after the node. */
export class GraphMaker {
  private readonly values: Record<string, Value> = {};
  private readonly nodes: Node[] = [];
  private readonly inputs: string[] = [];
  private readonly random = createRandom(1);

  input(id: string, shape: readonly number[]): string {
    this.values[id] = { id, name: id, dtype: 'float32', shape };
    this.inputs.push(id);
    return id;
  }

  constant(name: string, tensor: Tensor): string {
    this.values[name] = { id: name, name, dtype: tensor.dtype, shape: tensor.shape, tensor };
    return name;
  }

  /** A constant of seeded normal numbers, times `scale`, plus `offset`. */
  weights(name: string, shape: readonly number[], scale = 1, offset = 0): string {
    const size = shape.reduce((a, b) => a * b, 1);
    return this.constant(name, float32Tensor(shape, Array.from({ length: size }, () => this.random.normal() * scale + offset)));
  }

  node(id: string, op: Node['op'], inputs: readonly (string | null)[], attributes: object, shape: readonly number[]): string {
    const node = { id, name: id, op, inputs, outputs: [`${id}:0`], attributes } as unknown as Node;
    this.nodes.push(node);
    this.values[`${id}:0`] = { id: `${id}:0`, name: id, dtype: 'float32', shape };
    return `${id}:0`;
  }

  build(outputs: readonly string[]): Graph {
    return {
      name: 'test',
      inputs: this.inputs,
      inputNames: this.inputs,
      outputs,
      outputNames: outputs,
      nodes: this.nodes,
      values: this.values,
      source: { format: 'keras', producer: '' },
    };
  }
}

export const conv = { strides: [1, 1], padding: 'same', dilations: [1, 1], groups: 1, activation: 'none' } as const;
export const depthwise = { strides: [1, 1], padding: 'same', dilations: [1, 1], activation: 'none' } as const;

/** conv → batch norm → relu → depthwise → batch norm → dropout → flatten → dense → softmax over [?, 6, 6, 3]. */
export function smallConvNet(): Graph {
  const g = new GraphMaker();
  const x = g.input('x', [-1, 6, 6, 3]);
  const batchNorm = (name: string, input: string, channels: number, shape: readonly number[]): string =>
    g.node(
      name,
      'batch-norm',
      [
        input,
        g.weights(`${name}/mean`, [channels], 0.5),
        g.weights(`${name}/variance`, [channels], 0.1, 1),
        g.weights(`${name}/gamma`, [channels], 0.3, 1),
        g.weights(`${name}/beta`, [channels], 0.5),
      ],
      { epsilon: 1e-3, axis: -1, activation: 'none' },
      shape,
    );
  const c1 = g.node('conv', 'conv2d', [x, g.weights('conv/kernel', [3, 3, 3, 8], 0.3)], conv, [-1, 6, 6, 8]);
  const b1 = batchNorm('bn1', c1, 8, [-1, 6, 6, 8]);
  const r1 = g.node('relu1', 'relu', [b1], {}, [-1, 6, 6, 8]);
  const d1 = g.node('dw', 'depthwise-conv2d', [r1, g.weights('dw/kernel', [3, 3, 8, 1], 0.3), g.weights('dw/bias', [8])], depthwise, [-1, 6, 6, 8]);
  const b2 = batchNorm('bn2', d1, 8, [-1, 6, 6, 8]);
  const drop = g.node('dropout', 'identity', [b2], {}, [-1, 6, 6, 8]);
  const flat = g.node('flatten', 'flatten', [drop], {}, [-1, 288]);
  const dense = g.node('dense', 'dense', [flat, g.weights('dense/kernel', [288, 5], 0.1), g.weights('dense/bias', [5])], { activation: 'none' }, [-1, 5]);
  const soft = g.node('softmax', 'softmax', [dense], { axis: -1 }, [-1, 5]);
  return g.build([soft]);
}
