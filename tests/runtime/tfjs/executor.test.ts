/** The executor on the two backends that Node has. Oracle: the same operations called on TensorFlow.js directly. */
import type { Backend } from '../../../src/runtime/backend';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFloats } from '../../../src/ir/tensor';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { draft, finish, smallNet, value, weights } from './graphs';
import { random, relativeDifference } from './numbers';

/** float32 sums in another order. */
const TOLERANCE = 1e-5;

configureWasm(nodeWasmPaths());

describe.each(['cpu', 'wasm'] as const)('the executor on %s', (id) => {
  let backend: Backend;
  const graph = smallNet();
  const constant = (name: string) => {
    const { tensor } = graph.values[name]!;
    return tf.tensor(decodeFloats(tensor!).slice(), [...tensor!.shape]);
  };
  const input = { shape: [2, 8, 8, 3], dtype: 'float32', data: random([2, 8, 8, 3], 9) } as const;

  beforeAll(async () => {
    backend = await createBackend(id);
  });
  afterAll(() => backend.dispose());

  async function expected(): Promise<{ y: Float32Array; a: Float32Array; d: Float32Array }> {
    await tf.setBackend('cpu');
    const [a, d, y] = tf.tidy(() => {
      const x = tf.tensor4d(input.data.slice(), [2, 8, 8, 3]);
      const conv = tf.add(tf.conv2d(x, constant('conv/kernel') as tf.Tensor4D, 2, 'same'), constant('conv/bias'));
      const clipped = tf.relu6(conv) as tf.Tensor4D;
      const sum = tf.add(clipped, tf.relu(tf.depthwiseConv2d(clipped, constant('depthwise/kernel') as tf.Tensor4D, 1, 'same')));
      return [conv, sum, tf.sigmoid(tf.matMul(tf.reshape(sum, [2, 64]), constant('dense/kernel')))];
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const numbers = { a: (await a.data()) as Float32Array, d: (await d.data()) as Float32Array, y: (await y.data()) as Float32Array };
    tf.dispose([a, d, y]);
    return numbers;
  }

  it('gives what the operations give one by one', async () => {
    const model = await backend.prepare(graph);
    const [y] = await model.run([input]);
    expect(y!.shape).toEqual([2, 5]);
    expect(relativeDifference(y!.data, (await expected()).y)).toBeLessThan(TOLERANCE);
    model.dispose();
  });

  it('can be spread into a model that wraps it', async () => {
    const prepared = await backend.prepare(graph);
    const model = { ...prepared };
    const stepper = await model.stepper([input]);
    expect((await stepper.step())[0]!.data).toEqual((await model.run([input]))[0]!.data);
    stepper.dispose();
    expect(model.nbytes).toBe(prepared.nbytes);
    model.dispose();
    await expect(prepared.run([input])).rejects.toMatchObject({ name: 'BackendError' });
  });

  it('gives inner values, also those that fusion and identity swallow', async () => {
    const model = await backend.prepare(graph);
    const { outputs, values } = await model.runWith([input], ['a', 'e', 'x', 'conv/bias']);
    const oracle = await expected();
    expect(relativeDifference(values.get('a')!.data, oracle.a)).toBeLessThan(TOLERANCE);
    expect(relativeDifference(values.get('e')!.data, oracle.d)).toBeLessThan(TOLERANCE);
    expect(values.get('x')!.data).toEqual(input.data);
    expect(values.get('conv/bias')!.data).toEqual(decodeFloats(graph.values['conv/bias']!.tensor!));
    expect(relativeDifference(outputs[0]!.data, oracle.y)).toBeLessThan(TOLERANCE);
    model.dispose();
  });

  it('repeats the run of a stepper on inputs that were uploaded once', async () => {
    const model = await backend.prepare(graph);
    const stepper = await model.stepper([input]);
    const first = await stepper.step();
    const second = await stepper.step();
    expect(second).toEqual(first);
    expect(first).toEqual(await model.run([input]));
    stepper.dispose();
    model.dispose();
  });

  it('leaves nothing behind after runs, failed runs, steppers and disposal', async () => {
    const before = [backend.tensorCount(), tf.memory().numTensors];
    const model = await backend.prepare(graph);
    await model.run([input]);
    const prepared = [backend.tensorCount(), tf.memory().numTensors];
    for (let i = 0; i < 3; i++) await model.run([input]);
    await model.runWith([input], ['b', 'c']);
    const stepper = await model.stepper([input]);
    await stepper.step();
    stepper.dispose();
    await expect(model.run([{ ...input, shape: [2, 8, 3, 8] }])).rejects.toMatchObject({ name: 'DataError' });
    expect([backend.tensorCount(), tf.memory().numTensors]).toEqual(prepared);
    model.dispose();
    expect([backend.tensorCount(), tf.memory().numTensors]).toEqual(before);
    await expect(model.run([input])).rejects.toMatchObject({ name: 'BackendError' });
  });

  it('frees what a failing run had made and names the node, the op and the backend', async () => {
    const d = draft();
    value(d, 'x', [-1, 4]);
    value(d, 'size', [2], { dtype: 'int32', shape: [2], encoding: { kind: 'dense', storage: 'int32', data: Int32Array.of(3, 3) } });
    value(d, 'twice', [-1, 4]);
    value(d, 'y', [3, 3]);
    d.nodes.push(
      { id: 'n0', name: 'double', op: 'add', inputs: ['x', 'x'], outputs: ['twice'], attributes: { activation: 'none' } },
      { id: 'n1', name: 'misfit', op: 'reshape', inputs: ['twice', 'size'], outputs: ['y'], attributes: { shape: null } },
    );
    const model = await backend.prepare(finish(d, ['x'], ['y']));
    const before = tf.memory().numTensors;
    const run = model.run([{ shape: [1, 4], dtype: 'float32', data: new Float32Array(4) }]);
    await expect(run).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(new RegExp(`misfit \\(reshape\\) failed on ${id}`)) });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('uploads a constant once, however many nodes share it', async () => {
    const d = draft();
    value(d, 'x', [-1, 16]);
    weights(d, 'kernel', [16, 16], 5);
    d.values['again'] = { ...d.values['kernel']!, id: 'again', name: 'again' };
    value(d, 'h', [-1, 16]);
    value(d, 'y', [-1, 16]);
    const attributes = { activation: 'none' } as const;
    d.nodes.push(
      { id: 'n0', name: 'first', op: 'dense', inputs: ['x', 'kernel'], outputs: ['h'], attributes },
      { id: 'n1', name: 'second', op: 'dense', inputs: ['h', 'again'], outputs: ['y'], attributes },
    );
    const model = await backend.prepare(finish(d, ['x'], ['y']));
    expect(model.nbytes).toBe(16 * 16 * 4);
    model.dispose();
  });

  it('takes a batch of any size, an output that is an input, and an output that is a constant', async () => {
    const d = draft();
    value(d, 'x', [-1, 2]);
    weights(d, 'w', [2], 3);
    const model = await backend.prepare(finish(d, ['x'], ['x', 'w', 'x']));
    const data = Float32Array.of(1, 2, 3, 4);
    const outputs = await model.run([{ shape: [2, 2], dtype: 'float32', data }]);
    expect(outputs.map((output) => [...output.data])).toEqual([[...data], [...random([2], 3)], [...data]]);
    expect(await model.run([{ shape: [1, 2], dtype: 'float32', data: Float32Array.of(7, 8) }])).toHaveLength(3);
    model.dispose();
  });

  it.each([
    ['a wrong number of inputs', [], /takes 1 input/],
    ['another rank', [{ ...input, shape: [2, 192] }], /\[2, 192\].*\[any, 8, 8, 3\]/],
    ['another dtype', [{ shape: [2, 8, 8, 3], dtype: 'int32', data: new Int32Array(384) }], /int32 was given.*float32/],
    ['too few numbers', [{ ...input, data: new Float32Array(3) }], /3 numbers.*384/],
    ['an array of another kind', [{ ...input, data: new Uint8Array(384) }], /Uint8Array/],
  ] as const)('refuses %s', async (_what, inputs, message) => {
    const model = await backend.prepare(graph);
    await expect(model.run(inputs)).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(message) });
    model.dispose();
  });

  it.each([
    ['einsum', { equation: 'ii->i' }, 'UnsupportedError', /repeats an index/],
    ['einsum', { equation: 'ij' }, 'UnsupportedError', /explicit output/],
    ['conv2d', { strides: [2, 2], dilations: [2, 2], padding: 'same', groups: 1, activation: 'none' }, 'BackendError', /strided \(conv2d\).*strides 2×2 together with dilations 2×2/],
  ] as const)('refuses %s with %j when it is made ready', async (op, attributes, name, message) => {
    const d = draft();
    value(d, 'x', op === 'einsum' ? [3, 3] : [1, 8, 8, 1]);
    weights(d, 'kernel', [3, 3, 1, 1], 1);
    value(d, 'y', null);
    d.nodes.push({ id: 'n0', name: 'strided', op, inputs: op === 'einsum' ? ['x'] : ['x', 'kernel'], outputs: ['y'], attributes } as never);
    const before = [backend.tensorCount(), tf.memory().numTensors];
    await expect(backend.prepare(finish(d, ['x'], ['y']))).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect([backend.tensorCount(), tf.memory().numTensors]).toEqual(before);
  });

  it('refuses a graph that works on text', async () => {
    const d = draft();
    d.values['x'] = { id: 'x', name: 'x', dtype: 'string', shape: [-1] };
    d.values['y'] = { id: 'y', name: 'y', dtype: 'float32', shape: [-1] };
    d.nodes.push({ id: 'n0', name: 'parse', op: 'cast', inputs: ['x'], outputs: ['y'], attributes: { dtype: 'float32' } });
    await expect(backend.prepare(finish(d, ['x'], ['y']))).rejects.toMatchObject({ name: 'UnsupportedError' });
  });
});

describe('several backends in one process', () => {
  it('take turns without mixing their tensors', async () => {
    const [cpu, wasm] = [await createBackend('cpu'), await createBackend('wasm')];
    const graph = smallNet();
    const models = [await cpu.prepare(graph), await wasm.prepare(graph)];
    const input = { shape: [1, 8, 8, 3], dtype: 'float32', data: random([1, 8, 8, 3], 2) } as const;
    const all = await Promise.all([0, 1, 0, 1, 1, 0].map((i) => models[i]!.run([input])));
    for (const [y] of all) expect(relativeDifference(y!.data, all[0]![0]!.data)).toBeLessThan(TOLERANCE);
    models.forEach((model) => model.dispose());
  });

  it('give the reason why one is missing', async () => {
    await expect(createBackend('webgpu')).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/Node has no WebGPU/) });
    await expect(createBackend('webgl')).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/Node has no WebGL/) });
  });
});
