/**
 * Every product followed by every activation that the executor merges into it, and some that it must not. The oracle
 * runs the two operators one after the other by TensorFlow.js's functions.
 */
import type { Graph, Node } from '../../src/ir/graph';
import type { OpCase } from '../ops/cases/op-case';
import * as tf from '@tensorflow/tfjs-core';
import { float32Tensor } from '../../src/ir/tensor';
import { inferShapes } from '../../src/ops/infer-shapes';
import { numbersOf, opCase, weight, x } from '../ops/cases/op-case';
import { graphOfCase } from '../ops/graph-of-case';
import { runWithTfjs } from '../ops/tfjs-oracle';

export interface FusionCase {
  readonly name: string;
  readonly graph: Graph;
  readonly product: OpCase;
  /** The nodes after the product, each as a case whose first input is what came before. */
  readonly after: readonly OpCase[];
}

const CHANNELS = 6;
const plain = { strides: [1, 1], padding: 'same', dilations: [1, 1], activation: 'none' } as const;
const products: readonly OpCase[] = [
  opCase('conv2d', 'with bias', { ...plain, groups: 1 }, [x([2, 5, 5, 3]), weight([3, 3, 3, CHANNELS]), weight([CHANNELS])]),
  opCase('conv2d', 'without bias', { ...plain, groups: 1 }, [x([2, 5, 5, 3]), weight([1, 1, 3, CHANNELS])]),
  opCase('conv2d', 'in groups', { ...plain, groups: 2 }, [x([2, 5, 5, 4]), weight([3, 3, 2, CHANNELS]), weight([CHANNELS])]),
  opCase('conv1d', 'with bias', { strides: [1], padding: 'same', dilations: [1], groups: 1, activation: 'none' }, [x([2, 5, 3]), weight([3, 3, CHANNELS]), weight([CHANNELS])]),
  opCase('depthwise-conv2d', 'with bias', plain, [x([2, 5, 5, 3]), weight([3, 3, 3, 2]), weight([CHANNELS])]),
  opCase('dense', 'with bias', { activation: 'none' }, [x([2, 4]), weight([4, CHANNELS]), weight([CHANNELS])]),
  opCase('dense', 'rank 3', { activation: 'none' }, [x([2, 3, 4]), weight([4, CHANNELS])]),
];
const given = x([]); // stands for what came before
const activations: readonly OpCase[] = [
  opCase('relu', 'relu', {}, [given]),
  opCase('relu6', 'relu6', {}, [given]),
  opCase('elu', 'elu', { alpha: 1 }, [given]),
  opCase('elu', 'elu of 0.3', { alpha: 0.3 }, [given]),
  opCase('sigmoid', 'sigmoid', {}, [given]),
  opCase('leaky-relu', 'leaky-relu', { alpha: 0.3 }, [given]),
  opCase('prelu', 'prelu a channel', {}, [given, weight([CHANNELS])]),
  opCase('prelu', 'prelu for all', {}, [given, weight([1])]),
  opCase('tanh', 'tanh', {}, [given]),
];
const bias = opCase('add', 'bias', { activation: 'none' }, [given, weight([CHANNELS], 'uniform')]);

export const fusionCases: readonly FusionCase[] = products.flatMap((product) =>
  activations.flatMap((activation) => [fusionCase(product, [activation]), fusionCase(product, [bias, activation])]),
);

function fusionCase(product: OpCase, after: readonly OpCase[]): FusionCase {
  const name = [`${product.op} ${product.name}`, ...after.map((next) => next.name)].join(', ');
  return { name, product, after, graph: chain(product, after) };
}

function chain(product: OpCase, after: readonly OpCase[]): Graph {
  const start = graphOfCase(product);
  const values = { ...start.values };
  const nodes: Node[] = [...start.nodes];
  let last = start.outputs[0]!;
  after.forEach((next, i) => {
    const inputs = [last];
    const parameter = next.inputs[1];
    if (parameter) {
      const id = `parameter${i}`;
      const numbers = Float32Array.from(numbersOf(next, 1));
      values[id] = { id, name: id, dtype: 'float32', shape: parameter.shape, tensor: float32Tensor(parameter.shape, numbers) };
      inputs.push(id);
    }
    last = `after${i}`;
    values[last] = { id: last, name: last, dtype: 'float32', shape: null };
    nodes.push({ id: last, name: last, op: next.op, inputs, outputs: [last], attributes: next.attributes } as Node);
  });
  return inferShapes({ ...start, nodes, values, outputs: [last], outputNames: [last] });
}

export async function fusionOracle({ product, after }: FusionCase): Promise<number[]> {
  tf.engine().startScope();
  try {
    let [value] = await runWithTfjs(product);
    for (const next of after) {
      const data = [...(await value!.data())];
      [value] = await runWithTfjs({ ...next, inputs: [{ ...given, shape: value!.shape, data }, ...next.inputs.slice(1)] } as OpCase);
    }
    return [...(await value!.data())];
  } finally {
    tf.engine().endScope();
  }
}
