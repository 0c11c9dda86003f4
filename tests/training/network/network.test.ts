/** What a network does besides its gradients: parameters, outputs, moving statistics, dropout, grids, refusals, memory. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Graph, Node, Value } from '../../../src/ir/graph';
import type { Network, NetworkOptions } from '../../../src/training/network';
import { readKeras } from '../../../src/formats/keras/read';
import { fileOf } from '../../../src/lib/source-file';
import { float32Tensor } from '../../../src/ir/tensor';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { onBackend } from '../../../src/runtime/tfjs/engine-lock';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { createNetwork } from '../../../src/training/network/create';
import { softmaxLoss } from './losses';

configureWasm(nodeWasmPaths());

const plain: NetworkOptions = { backend: 'wasm', frozen: [], watched: [], dropout: true };
const float = (id: string, shape: number[], data?: number[]): Value => ({ id, name: id, dtype: 'float32', shape, ...(data ? { tensor: float32Tensor(shape, data) } : {}) });

function graphOf(nodes: Node[], values: Value[], inputs: string[], outputs: string[]): Graph {
  return { name: 'test', inputs, outputs, inputNames: inputs, outputNames: outputs, nodes, values: Object.fromEntries(values.map((value) => [value.id, value])), source: { format: 'test', producer: '' } };
}

function node(op: string, inputs: (string | null)[], output: string, attributes: object = {}, more: object = {}): Node {
  return { id: output, name: output, op, inputs, outputs: [output], attributes, ...more } as unknown as Node;
}

const dense = (inputs: (string | null)[], output: string, activation = 'none'): Node => node('dense', inputs, output, { activation });

/** One step on a loss of Σ of an output, with its starting weights. */
async function stepOf(network: Network, x: tf.Tensor, seed = 1, weigh: (y: tf.Tensor) => tf.Tensor = (y) => tf.onesLike(y)) {
  const effective = new Map(network.parameters.map(({ valueId, shape }) => [valueId, tf.tensor(network.initial(valueId), [...shape])]));
  const { logits } = network.outputs[0]!;
  const result = network.step([x], effective, seed, (values) => {
    const y = values.get(logits)!;
    const gradient = weigh(y);
    return { value: tf.sum(tf.mul(y, gradient)), byValue: new Map([[logits, gradient]]) };
  });
  const read = async (tensors: ReadonlyMap<string, tf.Tensor>) => new Map(await Promise.all([...tensors].map(async ([id, tensor]) => [id, [...(await tensor.data())]] as const)));
  const made = { loss: (await result.loss.data())[0]!, gradients: await read(result.gradients) };
  tf.dispose([result.loss, ...result.gradients.values(), ...effective.values()]);
  return made;
}

async function smallKeras(): Promise<Graph> {
  const main = fileOf('small.keras', new Uint8Array(readFileSync(new URL('fixtures/small.keras', import.meta.url))));
  return (await readKeras({ main, files: [main], report: () => undefined })).graph;
}

beforeAll(async () => {
  await createBackend('wasm');
});

describe('a network', () => {
  it('leaves a final softmax off and says so', async () => {
    const network = await createNetwork(await smallKeras(), plain);
    expect(network.outputs).toHaveLength(1);
    expect(network.outputs[0]!.activation).toBe('softmax');
    expect(network.outputs[0]!.logits).not.toBe(network.outputs[0]!.valueId);
    network.dispose();
  });

  it('takes a fused sigmoid apart, and leaves other endings alone', async () => {
    const values = [float('x', [-1, 2]), float('w', [2, 1], [1, -2]), float('y', [-1, 1])];
    const sigmoid = await createNetwork(graphOf([dense(['x', 'w'], 'y', 'sigmoid')], values, ['x'], ['y']), plain);
    expect(sigmoid.outputs[0]!.activation).toBe('sigmoid');
    const logits = await onBackend('wasm', async () => {
      const made = sigmoid.predict([tf.tensor2d([[3, 1]])], new Map([['w', tf.tensor2d([[1], [-2]])]]));
      return [...(await made.get(sigmoid.outputs[0]!.logits)!.data())];
    });
    expect(logits).toEqual([1]);
    const linear = await createNetwork(graphOf([dense(['x', 'w'], 'y', 'relu')], values, ['x'], ['y']), plain);
    expect(linear.outputs[0]).toEqual({ valueId: 'y', logits: 'y', activation: 'linear' });
  });

  it('sums the gradients of a constant that two nodes share', async () => {
    const values = [float('x', [-1, 1]), float('w', [1, 1], [3]), float('h', [-1, 1]), float('y', [-1, 1])];
    const network = await createNetwork(graphOf([dense(['x', 'w'], 'h'), dense(['h', 'w'], 'y')], values, ['x'], ['y']), plain);
    // y = w² x
    const { gradients, loss } = await onBackend('wasm', () => stepOf(network, tf.tensor2d([[2]])));
    expect(loss).toBe(18);
    expect(gradients.get('w')).toEqual([12]);
  });

  it('names no frozen constant and no preprocessing among its parameters, and gives no gradient for what the loss does not see', async () => {
    const values = [
      float('x', [-1, 2]), float('scale', [2], [0.1, 0.2]), float('scaled', [-1, 2]), float('w', [2, 2], [1, 2, 3, 4]), float('h', [-1, 2]),
      float('b', [2], [1, 1]), float('y', [-1, 2]), float('v', [2, 1], [1, 1]), float('z', [-1, 1]),
    ];
    const nodes = [node('mul', ['x', 'scale'], 'scaled', { activation: 'none' }), dense(['scaled', 'w'], 'h'), node('add', ['h', 'b'], 'y', { activation: 'none' }), dense(['h', 'v'], 'z')];
    const network = await createNetwork(graphOf(nodes, values, ['x'], ['y', 'z']), plain);
    expect(network.parameters.map(({ valueId, role }) => [valueId, role])).toEqual([['w', 'kernel'], ['b', 'bias'], ['v', 'kernel']]);
    const { gradients } = await onBackend('wasm', () => stepOf(network, tf.tensor2d([[1, 1]])));
    expect([...gradients.keys()].sort()).toEqual(['b', 'w']);
    const frozen = await createNetwork(graphOf(nodes, values, ['x'], ['y', 'z']), { ...plain, frozen: ['w', 'v'] });
    expect(frozen.parameters.map(({ valueId }) => valueId)).toEqual(['b']);
  });

  it('gives inner values that are watched, and takes gradients by them', async () => {
    const graph = await smallKeras();
    const inner = graph.nodes.find(({ name }) => name === 'residual')!.outputs[0]!;
    const network = await createNetwork(graph, { ...plain, watched: [inner] });
    const { difference, alive } = await onBackend('wasm', async () => {
      const x = tf.randomNormal([2, 10, 10, 2], 0, 1, 'float32', 3);
      const effective = new Map(network.parameters.map(({ valueId, shape }) => [valueId, tf.tensor(network.initial(valueId), [...shape])]));
      const result = network.step([x], effective, 1, (values) => {
        const value = values.get(inner)!;
        return { value: tf.sum(value), byValue: new Map([[inner, tf.onesLike(value)]]) };
      });
      // Σ over the residual's second operand grows with its normalization's shift: one a cell.
      const beta = network.parameters.find(({ name }) => name === 'narrow_norm/beta')!.valueId;
      const gradient = [...(await result.gradients.get(beta)!.data())];
      return { difference: gradient.map((number) => number - 200), alive: [...result.gradients.keys()].some((id) => id.startsWith('classes')) };
    });
    expect(difference.every((number) => Math.abs(number) < 1e-3)).toBe(true);
    expect(alive).toBe(false);
  });

  it('runs normalization with its moving statistics where these are frozen', async () => {
    const graph = await smallKeras();
    const moving = Object.values(graph.values).filter(({ name }) => name.includes('moving_')).map(({ id }) => id);
    const network = await createNetwork(graph, { ...plain, frozen: moving });
    await onBackend('wasm', async () => {
      const before = await network.state();
      await stepOf(network, tf.randomNormal([4, 10, 10, 2]));
      expect(await network.state()).toEqual(before);
    });
  });

  it('restores what moves', async () => {
    const network = await createNetwork(await smallKeras(), plain);
    await onBackend('wasm', async () => {
      const before = await network.state();
      await stepOf(network, tf.randomNormal([4, 10, 10, 2]));
      expect(await network.state()).not.toEqual(before);
      network.restore(before);
      expect(await network.state()).toEqual(before);
    });
  });

  it('drops the share of numbers that the layer says, the same ones for the same seed, and none in inference', async () => {
    const layer = { path: 'drop', className: 'Dropout', config: { rate: 0.25 }, call: 0 };
    const values = [float('x', [-1, 400]), float('w', [400, 1], Array.from({ length: 400 }, () => 1)), float('d', [-1, 400]), float('y', [-1, 1])];
    const graph = graphOf([node('identity', ['x'], 'd', {}, { layer }), dense(['d', 'w'], 'y')], values, ['x'], ['y']);
    const network = await createNetwork(graph, plain);
    await onBackend('wasm', async () => {
      const x = tf.ones([10, 400]);
      // The gradient by w is the mask's sum over the batch.
      const masks = [await stepOf(network, x, 1), await stepOf(network, x, 1), await stepOf(network, x, 2)].map(({ gradients }) => gradients.get('w')!);
      expect(masks[1]).toEqual(masks[0]);
      expect(masks[2]).not.toEqual(masks[0]);
      const kept = masks[0]!.reduce((sum, number) => sum + number, 0) * 0.75;
      expect(Math.abs(kept / 4000 - 0.75)).toBeLessThan(0.04); // six standard deviations
      const y = network.predict([x], new Map([['w', tf.ones([400, 1])]])).get('y')!;
      expect([...(await y.data())]).toEqual(Array.from({ length: 10 }, () => 400));
    });
    const without = await createNetwork(graph, { ...plain, dropout: false });
    const { gradients } = await onBackend('wasm', () => stepOf(without, tf.ones([10, 400])));
    expect(new Set(gradients.get('w'))).toEqual(new Set([10]));
  });

  it('puts activations on their grids, and passes gradients within reach', async () => {
    const values = [float('x', [-1, 4]), float('w', [4, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), float('h', [-1, 4]), float('v', [4, 1], [1, 1, 1, 1]), float('y', [-1, 1])];
    const onGrid = values.map((value) => (value.id === 'h' ? { ...value, quantization: { dtype: 'int8' as const, scale: 0.5, zeroPoint: 0 } } : value));
    const network = await createNetwork(graphOf([dense(['x', 'w'], 'h'), dense(['h', 'v'], 'y')], onGrid, ['x'], ['y']), plain);
    await onBackend('wasm', async () => {
      // 0.6 → 0.5, −0.9 → −1, 100 → 63.5 (out of reach), −100 → −64 (out of reach)
      const first = await stepOf(network, tf.tensor2d([[0.6, -0.9, 100, -100]]));
      expect(first.loss).toBeCloseTo(0.5 - 1 + 63.5 - 64, 5);
      const [a, b, c, d] = [0, 5, 10, 15].map((index) => first.gradients.get('w')![index]!);
      expect([a, b]).toEqual([Math.fround(0.6), Math.fround(-0.9)]);
      expect([Math.abs(c!), Math.abs(d!)]).toEqual([0, 0]);
    });
  });

  it('puts inputs on their grids', async () => {
    const values = [{ ...float('x', [-1, 1]), quantization: { dtype: 'uint8' as const, scale: 0.5, zeroPoint: 0 } }, float('w', [1, 1], [2]), float('y', [-1, 1])];
    const network = await createNetwork(graphOf([dense(['x', 'w'], 'y')], values, ['x'], ['y']), plain);
    const { loss, gradients } = await onBackend('wasm', () => stepOf(network, tf.tensor2d([[0.7]])));
    expect([loss, gradients.get('w')]).toEqual([1, [0.5]]);
  });

  it('trains through operators that have no rule of their own', async () => {
    const values = [float('x', [-1, 1]), float('w', [1, 1], [0.5]), float('h', [-1, 1]), float('y', [-1, 1])];
    const network = await createNetwork(graphOf([dense(['x', 'w'], 'h'), node('exp', ['h'], 'y')], values, ['x'], ['y']), plain);
    // d e^(w x) / d w = x e^(w x)
    const { gradients } = await onBackend('wasm', () => stepOf(network, tf.tensor2d([[2]])));
    expect(gradients.get('w')![0]).toBeCloseTo(2 * Math.E, 5);
  });

  it('names the node through which no gradient goes', async () => {
    const values = [float('x', [-1, 2]), float('w', [2, 2], [1, 2, 3, 4]), float('h', [-1, 2]), float('y', [-1, 2])];
    const graph = graphOf([dense(['x', 'w'], 'h'), node('floor', ['h'], 'y')], values, ['x'], ['y']);
    await expect(createNetwork(graph, plain)).rejects.toMatchObject({ name: 'UnsupportedError', message: expect.stringContaining('Node y (floor)') as string });
  });

  it('refuses to run on another backend than its own', async () => {
    const network = await createNetwork(await smallKeras(), plain);
    await createBackend('cpu');
    await expect(onBackend('cpu', () => stepOf(network, tf.ones([1, 10, 10, 2])))).rejects.toMatchObject({ name: 'BackendError' });
  });

  it('keeps no tensor over 200 steps, and none after it is disposed of', async () => {
    const graph = await smallKeras();
    const before = await onBackend('wasm', () => tf.memory().numTensors);
    const network = await createNetwork(graph, plain);
    await onBackend('wasm', async () => {
      const x = tf.randomNormal([4, 10, 10, 2]);
      const effective = new Map(network.parameters.map(({ valueId, shape }) => [valueId, tf.tensor(network.initial(valueId), [...shape])]));
      const counts = new Set<number>();
      for (let step = 0; step < 200; step++) {
        const { loss, gradients } = network.step([x], effective, step, softmaxLoss(network, [0, 1, 2, 3]));
        tf.dispose([loss, ...gradients.values()]);
        if (step % 50 === 0) tf.dispose([...network.predict([x], effective).values()]);
        counts.add(tf.memory().numTensors);
      }
      expect(counts.size).toBe(1);
      tf.dispose([x, ...effective.values()]);
      network.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it('makes the same numbers from the same seed, to the bit', async () => {
    const graph = await smallKeras();
    const runs = await Promise.all([0, 1].map(async () => {
      const network = await createNetwork(graph, plain);
      return onBackend('wasm', () => stepOf(network, tf.randomNormal([4, 10, 10, 2], 0, 1, 'float32', 9), 5, (y) => tf.sin(y)));
    }));
    expect(runs[1]).toEqual(runs[0]);
  });
});
