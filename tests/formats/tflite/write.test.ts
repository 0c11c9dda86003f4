/** What a written file says beside its numbers: names, signature, runtime, recipe, batch, padding, and what is refused. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/formats/tflite/decode';
import type { FlatModel, FlatOperator } from '../../../src/formats/tflite/flat-model';
import { tfliteMeta, tfliteOptions } from '../../../src/formats/tflite/meta';
import { canWriteTflite, writeTflite } from '../../../src/formats/tflite/write';
import { readKeras } from '../../../src/formats/keras/read';
import type { Graph, Node, Value } from '../../../src/ir/graph';
import { float32Tensor, type AffineEncoding, type Shape, type Tensor } from '../../../src/ir/tensor';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import { defaultsOf, parseOptions } from '../../../src/options/options';
import type { Recipe } from '../../../src/passes/pass';
import type { FileBackend } from '../../../src/runtime/backend';
import { largestDifference } from '../keras-case';
import { runWritten, startLiteRt } from './run-written';

const RECIPE: Recipe = { version: 1, steps: [{ pass: 'clean-up', options: {}, rules: [] }] };
const options = (given: object) => parseOptions(tfliteOptions, { ...given }, tfliteMeta.label);
const bytesOf = async (graph: Graph, given: object = {}, recipe?: Recipe) => (await writeTflite(graph, options(given), recipe)).files[0]!.bytes;
const flatOf = async (graph: Graph, given: object = {}, recipe?: Recipe): Promise<FlatModel> => decodeModel(await bytesOf(graph, given, recipe));
const operatorsOf = async (graph: Graph, given: object = {}): Promise<readonly FlatOperator[]> => (await flatOf(graph, given)).subgraphs[0]!.operators;

const fashion = async (name: string): Promise<Graph> => {
  const bytes = new Uint8Array(readFileSync(new URL(`../../fixtures/fashion/${name}.keras`, import.meta.url)));
  const main = fileOf(`${name}.keras`, bytes);
  return (await readKeras({ main, files: [main], report: ignoreProgress })).graph;
};

let cnn: Graph;
let backend: FileBackend;
beforeAll(async () => {
  [cnn, backend] = await Promise.all([fashion('fashion_cnn'), startLiteRt()]);
});

describe('a written TensorFlow Lite file', () => {
  it('is the same file for the same graph', async () => {
    expect(await bytesOf(cnn, {}, RECIPE)).toEqual(await bytesOf(await fashion('fashion_cnn'), {}, RECIPE));
  });

  it('names inputs and outputs and nothing between', async () => {
    const { subgraphs, signatures } = await flatOf(cnn);
    const [{ tensors, inputs, outputs }] = subgraphs as [FlatModel['subgraphs'][0]];
    expect(inputs.map((i) => tensors[i]!.name)).toEqual(cnn.inputNames);
    expect(outputs.map((i) => tensors[i]!.name)).toEqual(cnn.outputNames);
    expect(tensors.filter(({ name }) => name !== '').length).toBe(inputs.length + outputs.length);
    expect(signatures).toEqual([
      {
        key: 'serving_default',
        subgraph: 0,
        inputs: inputs.map((tensor, i) => ({ name: cnn.inputNames[i], tensor })),
        outputs: outputs.map((tensor, i) => ({ name: cnn.outputNames[i], tensor })),
      },
    ]);
  });

  it('holds the recipe, and the runtime that it needs', async () => {
    const text = new TextDecoder();
    const { metadata } = await flatOf(cnn, {}, RECIPE);
    const entries = Object.fromEntries(metadata.map(({ name, data }) => [name, text.decode(data).replace(/\0+$/, '')]));
    expect(JSON.parse(entries.whittle_recipe!)).toEqual(RECIPE);
    expect(entries.min_runtime_version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('carries the metadata and the signature of the file that it came from', async () => {
    const metadata = [{ name: 'TFLITE_METADATA', data: Uint8Array.of(1, 2, 3) }];
    const model = await flatOf({ ...cnn, source: { ...cnn.source, metadata, signatureKey: 'classify' } });
    expect(model.signatures.map(({ key }) => key)).toEqual(['classify']);
    expect(Array.from(model.metadata.find(({ name }) => name === 'TFLITE_METADATA')!.data)).toEqual([1, 2, 3]);
  });

  it('is refused in words for a graph that takes no single example', () => {
    const graph: Graph = {
      name: 'pairs', inputs: ['x'], outputs: ['y'], inputNames: ['x'], outputNames: ['y'],
      nodes: [{ id: 'n', name: 'n', op: 'reshape', inputs: ['x'], outputs: ['y'], attributes: { shape: [2, -1] } }],
      values: {
        x: { id: 'x', name: 'x', dtype: 'float32', shape: [1, 3] },
        y: { id: 'y', name: 'y', dtype: 'float32', shape: [2, -1] },
      },
      source: { format: 'keras', producer: '' },
    };
    expect(canWriteTflite(graph)).toMatch(/cannot hold this model with a batch of 1.*\(reshape\)/);
  });

  it('is smaller than its weights and 3 kB', async () => {
    const parameters = Object.values(cnn.values).reduce((sum, { tensor }) => sum + (tensor ? tensor.shape.reduce((a, b) => a * b, 1) : 0), 0);
    expect((await bytesOf(cnn)).length).toBeLessThan(parameters * 4 + 3000);
  });

  it('takes one example, or as many as asked for, or leaves the batch open', async () => {
    for (const batch of [1, 7]) {
      const { tensors, inputs, outputs } = (await flatOf(cnn, { batch })).subgraphs[0]!;
      expect(tensors[inputs[0]!]).toMatchObject({ shape: [batch, 28, 28, 1] });
      expect(tensors[outputs[0]!]).toMatchObject({ shape: [batch, 10] });
      expect(tensors.some(({ shapeSignature }) => shapeSignature)).toBe(false);
    }
    const { tensors, inputs, outputs } = (await flatOf(cnn, { batch: -1 })).subgraphs[0]!;
    expect(tensors[inputs[0]!]).toMatchObject({ shape: [1, 28, 28, 1], shapeSignature: [-1, 28, 28, 1] });
    expect(tensors[outputs[0]!]).toMatchObject({ shape: [1, 10], shapeSignature: [-1, 10] });
  });

  it('refuses a batch of none', async () => {
    await expect(bytesOf(cnn, { batch: 0 })).rejects.toMatchObject({ name: 'OptionError', message: expect.stringContaining('A batch of 0') as string });
  });

  it('says that a batch fixed in the model stays', async () => {
    const { diagnostics } = await writeTflite(graphOf([layer('relu', {}, ['x'], 'y')], { x: [3, 4] }), options({ batch: 8 }), undefined);
    expect(diagnostics.map(({ message }) => message)).toEqual(['The model takes exactly 3 examples at a time; the batch of 8 was not written.']);
  });

  it('comes as C source', async () => {
    const { files } = await writeTflite(cnn, options({ container: 'c-array' }), undefined);
    expect(files.map(({ name }) => name)).toEqual([`${cnn.name}.cc`, `${cnn.name}.h`]);
    const bytes = (await bytesOf(cnn)).length;
    expect(new TextDecoder().decode(files[0]!.bytes).match(/0x[0-9a-f]{2}/g)).toHaveLength(bytes);
  });
});

describe('operators', () => {
  it('flatten with one RESHAPE to a constant', async () => {
    const operators = await operatorsOf(cnn);
    expect(operators.filter(({ op }) => op === 'RESHAPE')).toHaveLength(1);
    expect(operators.some(({ op }) => op === 'SHAPE')).toBe(false);
  });

  it('take in the activation that follows', async () => {
    const graph = graphOf([layer('add', { activation: 'none' }, ['x', 'z'], 'a'), layer('relu6', {}, ['a'], 'y')], { x: [1, 4], z: [1, 4] });
    const operators = await operatorsOf(graph);
    expect(operators.map(({ op, options: fields }) => [op, fields?.fields.fusedActivationFunction])).toEqual([['ADD', 3]]);
  });

  it('leave an activation that another reads too', async () => {
    const graph = graphOf([layer('add', { activation: 'none' }, ['x', 'z'], 'a'), layer('relu', {}, ['a'], 'y'), layer('abs', {}, ['a'], 'w')], { x: [1, 4], z: [1, 4] });
    expect((await operatorsOf(graph)).map(({ op }) => op)).toEqual(['ADD', 'RELU', 'ABS']);
  });

  it('apply tanh on their own: the kernels pass over it in silence', async () => {
    expect((await operatorsOf(graphOf([layer('add', { activation: 'tanh' }, ['x', 'z'], 'y')], { x: [1, 4], z: [1, 4] }))).map(({ op }) => op)).toEqual(['ADD', 'TANH']);
  });

  it.each([
    { name: 'as SAME pads', padding: [[0, 1], [0, 1]], ops: ['CONV_2D'], code: 0 },
    { name: 'nothing', padding: [[0, 0], [0, 0]], ops: ['CONV_2D'], code: 1 },
    { name: 'on the other side', padding: [[1, 0], [1, 0]], ops: ['PAD', 'CONV_2D'], code: 1 },
  ])('pad $name', async ({ padding, ops, code }) => {
    const attributes = { strides: [2, 2], padding, dilations: [1, 1], groups: 1, activation: 'none' };
    const kernel = float32Tensor([3, 3, 2, 4], Float32Array.from({ length: 72 }, (_, i) => Math.sin(i)));
    const operators = await operatorsOf(graphOf([layer('conv2d', attributes, ['x', 'k'], 'y')], { x: [1, 8, 8, 2] }, { k: kernel }));
    expect(operators.map(({ op }) => op)).toEqual(ops);
    expect(operators.at(-1)!.options!.fields.padding).toBe(code);
  });

  it('run one input that is also an output, twice', async () => {
    const graph = { ...graphOf([layer('relu', {}, ['x'], 'y')], { x: [2, 3] }), outputs: ['x', 'y', 'y'], outputNames: ['a', 'b', 'c'] };
    const data = Float32Array.of(-1, 2, -3, 4, -5, 6);
    const outputs = await runWritten(backend, graph, [{ shape: [2, 3], dtype: 'float32', data }]);
    expect(outputs.map(({ data: numbers }) => Array.from(numbers))).toEqual([[...data], [0, 2, 0, 4, 0, 6], [0, 2, 0, 4, 0, 6]]);
  });

  it('keep a scale for every output of a depthwise kernel that has them in blocks of its height', async () => {
    const shape = [3, 3, 2, 2];
    const scale = Float32Array.from({ length: 12 }, (_, i) => 0.01 * (1 + (i % 4)));
    const values = Int8Array.from({ length: 36 }, (_, i) => ((i * 37) % 255) - 127);
    const encoding: AffineEncoding = { kind: 'affine', bits: 8, signed: true, values, scale, zeroPoint: new Float64Array(12), axis: 0, blockSize: 3 };
    const attributes = { strides: [1, 1], padding: 'same', dilations: [1, 1], activation: 'none' };
    const graph = graphOf([layer('depthwise-conv2d', attributes, ['x', 'k'], 'y')], { x: [1, 5, 5, 2] }, { k: { dtype: 'float32', shape, encoding } });
    const { tensors, operators } = (await flatOf(graph)).subgraphs[0]!;
    expect(tensors[operators.at(-1)!.inputs[1]!]).toMatchObject({ type: 'INT8', shape: [1, 3, 3, 4], quantization: { axis: 3, scale: scale.slice(0, 4) } });
  });

  it('keep the states of an LSTM that is too long to write out in variables, and say where that runs', async () => {
    const attributes = { activation: 'tanh', recurrentActivation: 'sigmoid', returnSequences: true, goBackwards: false, zeroOutputForMask: false };
    const constants = { k: float32Tensor([2, 12], new Float32Array(24).fill(0.1)), r: float32Tensor([3, 12], new Float32Array(36).fill(0.1)) };
    const graph = graphOf([layer('lstm', attributes, ['x', 'k', 'r'], 'y')], { x: [1, 2000, 2] }, constants);
    const { files, diagnostics } = await writeTflite(graph, options({}), undefined);
    const { tensors, operators } = decodeModel(files[0]!.bytes).subgraphs[0]!;
    const lstm = operators.find(({ op }) => op === 'UNIDIRECTIONAL_SEQUENCE_LSTM')!;
    expect(tensors.flatMap(({ isVariable }, index) => (isVariable ? [index] : []))).toEqual([lstm.inputs[18], lstm.inputs[19]]);
    expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining('LiteRT in a browser does not')]);
  });

  it('share constants', async () => {
    const nodes = [layer('mean', { axes: [1, 2], keepDims: false }, ['x'], 'a'), layer('max', { axes: [1, 2], keepDims: false }, ['x'], 'b'), layer('add', { activation: 'none' }, ['a', 'b'], 'y')];
    const { tensors } = (await flatOf(graphOf(nodes, { x: [1, 4, 4, 3] }))).subgraphs[0]!;
    expect(tensors.filter(({ data }) => data)).toHaveLength(1);
  });
});

describe('what TensorFlow Lite cannot hold is refused in words', () => {
  it('an input of unknown size, unless sizes stay open', async () => {
    const graph = graphOf([layer('relu', {}, ['x'], 'y')], { x: [-1, -1, 3] });
    await expect(bytesOf(graph)).rejects.toMatchObject({ name: 'ExportError', message: expect.stringMatching(/^The input "x" has the shape \[1, -1, 3\], which is not known in full/) as string });
    expect(canWriteTflite(graph)).toBe(true);
    expect((await flatOf(graph, { batch: -1 })).subgraphs[0]!.tensors[0]!.shapeSignature).toEqual([-1, -1, 3]);
  });

  it('an integer layer whose weights are floats', () => {
    const grid = { dtype: 'int8', scale: 0.5, zeroPoint: 0 } as const;
    const graph = graphOf([layer('dense', { activation: 'none' }, ['x', 'k'], 'y')], { x: [1, 3] }, { k: float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]) });
    const values = { ...graph.values, x: { ...graph.values.x!, quantization: grid }, y: { ...graph.values.y!, quantization: grid } };
    expect(canWriteTflite({ ...graph, values })).toMatch(/k is not quantized/);
  });

  it('activations of which some are integers and some are not', () => {
    const graph = graphOf([layer('relu', {}, ['x'], 'y')], { x: [1, 3] });
    const values = { ...graph.values, x: { ...graph.values.x!, quantization: { dtype: 'int8', scale: 0.5, zeroPoint: 0 } as const } };
    expect(canWriteTflite({ ...graph, values })).toMatch(/a quantize node belongs between/);
  });

  it('text', () => {
    const graph = graphOf([layer('identity', {}, ['x'], 'y')], { x: [1, 3] });
    const values = { ...graph.values, x: { ...graph.values.x!, dtype: 'string' as const }, y: { ...graph.values.y!, dtype: 'string' as const } };
    expect(canWriteTflite({ ...graph, values })).toMatch(/takes text/);
  });
});

describe('integers at the borders', () => {
  it.each(['int8', 'uint8', 'int16'] as const)('inputs and outputs as %s carry their own grid', async (dtype) => {
    const grid = { dtype, scale: 0.5, zeroPoint: dtype === 'uint8' ? 128 : 0 };
    const graph = graphOf([layer('reshape', { shape: [3, 1] }, ['x'], 'y')], { x: [1, 3] });
    const values = { ...graph.values, x: { ...graph.values.x!, quantization: grid }, y: { ...graph.values.y!, quantization: grid } };
    const { tensors, inputs, outputs } = (await flatOf({ ...graph, values })).subgraphs[0]!;
    for (const index of [inputs[0]!, outputs[0]!]) {
      expect(tensors[index]).toMatchObject({ type: dtype.toUpperCase(), quantization: { scale: Float32Array.of(0.5), zeroPoint: [grid.zeroPoint] } });
    }
  });

  it('a uint8 input is read by LiteRT as its real numbers', async () => {
    const grid = { dtype: 'uint8', scale: 1 / 255, zeroPoint: 0 } as const;
    const graph = graphOf([layer('quantize', {}, ['x'], 'y')], { x: [1, 4] });
    const values = { ...graph.values, x: { ...graph.values.x!, quantization: { ...grid, scale: Math.fround(grid.scale) } } };
    const data = Float32Array.of(0, 0.2, 0.6, 1);
    const [output] = await runWritten(backend, { ...graph, values }, [{ shape: [1, 4], dtype: 'float32', data }]);
    expect(largestDifference(data, output!.data)).toBeLessThan(1e-6);
  });
});

it('offers the defaults', () => {
  expect(defaultsOf(tfliteOptions)).toEqual({ batch: 1, container: 'tflite' });
});

function layer(op: string, attributes: object, inputs: readonly string[], output: string): Node {
  return { id: output, name: output, op, inputs, outputs: [output], attributes } as unknown as Node;
}

function graphOf(nodes: readonly Node[], inputs: Readonly<Record<string, Shape>>, constants: Readonly<Record<string, Tensor>> = {}): Graph {
  const values: Record<string, Value> = {};
  for (const [id, shape] of Object.entries(inputs)) values[id] = { id, name: id, dtype: 'float32', shape };
  for (const [id, tensor] of Object.entries(constants)) values[id] = { id, name: id, dtype: tensor.dtype, shape: tensor.shape, tensor };
  for (const { outputs } of nodes) for (const id of outputs) values[id] = { id, name: id, dtype: 'float32', shape: null };
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const outputs = nodes.flatMap((node) => node.outputs).filter((id) => !read.has(id));
  const names = Object.keys(inputs);
  return { name: 'net', inputs: names, outputs, inputNames: names, outputNames: outputs, nodes, values, source: { format: 'test', producer: '' } };
}
