/** Integer activations in the executor: what is rounded, when, and to what. Oracle: whole numbers counted by hand. */
import type { Quantization } from '../../../src/ir/quantization';
import type { Backend } from '../../../src/runtime/backend';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { gridCases, graphOfGridCase, pooledHalves, requantized, roundedConv } from './grid-cases';
import { draft, finish, value } from './graphs';

configureWasm(nodeWasmPaths());

describe.each(['cpu', 'wasm'] as const)('values with a grid on %s', (id) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(id);
  });
  afterAll(() => backend.dispose());

  it.each(gridCases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const model = await backend.prepare(graphOfGridCase(one));
    const input = { shape: [one.numbers.length], dtype: 'float32', data: Float32Array.from(one.numbers) } as const;
    const before = [backend.tensorCount(), tf.memory().numTensors];
    const [y] = await model.run([input]);
    expect([...y!.data].map((number) => number + 0)).toEqual(one.expected);
    // The input is no place to write into.
    expect([...input.data]).toEqual([...Float32Array.from(one.numbers)]);
    expect([backend.tensorCount(), tf.memory().numTensors]).toEqual(before);
    model.dispose();
  });

  it('rounds between a convolution and its activation, which are then not merged', async () => {
    const { graph, input, expected } = roundedConv();
    const model = await backend.prepare(graph);
    expect([...(await model.run([input]))[0]!.data]).toEqual(expected);
    const { values } = await model.runWith([input], ['conv']);
    expect([...values.get('conv')!.data]).toEqual([-2, 2, 4]);
    model.dispose();
  });

  it.each([['the means of a pool', pooledHalves], ['from grid to grid', requantized]] as const)('rounds %s as LiteRT does, and leaves nothing behind', async (_what, make) => {
    const { graph, input, expected } = make();
    const model = await backend.prepare(graph);
    await model.run([input]);
    const before = [backend.tensorCount(), tf.memory().numTensors];
    expect(Array.from((await model.run([input]))[0]!.data, (number) => number + 0)).toEqual(expected);
    expect([backend.tensorCount(), tf.memory().numTensors]).toEqual(before);
    model.dispose();
  });

  it('rounds an input once, for every reader and for the latency steps', async () => {
    const d = draft();
    const grid: Quantization = { dtype: 'uint8', scale: 0.5, zeroPoint: 0 };
    d.values['x'] = { id: 'x', name: 'x', dtype: 'float32', shape: [-1], quantization: grid };
    value(d, 'y', [-1]);
    d.nodes.push({ id: 'n', name: 'off', op: 'quantize', inputs: ['x'], outputs: ['y'], attributes: {} });
    const model = await backend.prepare(finish(d, ['x'], ['x', 'y']));
    const input = { shape: [3], dtype: 'float32', data: Float32Array.of(-1, 0.7, 200) } as const;
    const expected = [[0, 0.5, 127.5], [0, 0.5, 127.5]];
    const numbers = (outputs: readonly { data: ArrayLike<number> }[]) => outputs.map(({ data }) => Array.from(data, (number) => number + 0));
    expect(numbers(await model.run([input]))).toEqual(expected);
    expect([...(await model.runWith([input], ['x'])).values.get('x')!.data].map((number) => number + 0)).toEqual(expected[0]);
    const stepper = await model.stepper([input]);
    expect(numbers(await stepper.step())).toEqual(expected);
    stepper.dispose();
    model.dispose();
  });

  it('gives an identity its own grid', async () => {
    const d = draft();
    value(d, 'x', [-1]);
    d.values['y'] = { id: 'y', name: 'y', dtype: 'float32', shape: [-1], quantization: { dtype: 'int8', scale: 1, zeroPoint: 0 } };
    d.nodes.push({ id: 'n', name: 'same', op: 'identity', inputs: ['x'], outputs: ['y'], attributes: {} });
    const model = await backend.prepare(finish(d, ['x'], ['y']));
    const [y] = await model.run([{ shape: [2], dtype: 'float32', data: Float32Array.of(1.25, 1.75) }]);
    expect([...y!.data]).toEqual([1, 2]);
    model.dispose();
  });
});
