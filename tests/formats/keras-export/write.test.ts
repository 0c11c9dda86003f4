/** What the three Keras writers make of graphs that passes changed, or that never were Keras. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FormatId, WrittenFile } from '../../../src/formats/format';
import { loadFormat } from '../../../src/formats/index';
import { layersOfGraph } from '../../../src/formats/keras-export/layers-of-graph';
import { kerasH5Target, kerasTarget, type Target, tfjsLayersTarget } from '../../../src/formats/keras-export/target';
import { openModel } from '../../../src/formats/open';
import { editGraph } from '../../../src/ir/edit';
import type { Graph, Node } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor, int32Tensor, type Tensor } from '../../../src/ir/tensor';
import type { OpAttributes, OpName } from '../../../src/ops/signatures';
import { fileOf } from '../../../src/lib/source-file';
import { openZip } from '../../../src/lib/zip';
import { defaultsOf } from '../../../src/options/options';
import { cleanUp } from '../../../src/passes/clean-up/run';
import { clusterWeights } from '../../../src/passes/cluster-weights/run';
import { foldBatchNorm } from '../../../src/passes/fold-batch-norm/run';
import type { Pass, Recipe } from '../../../src/passes/pass';
import { pruneMagnitude } from '../../../src/passes/prune-magnitude/run';
import { quantizeWeights } from '../../../src/passes/quantize-weights/run';
import { makeStep } from '../../../src/passes/recipe';
import { runWithTfjsLoader } from '../../../src/runtime/tfjs/reference-loader';
import { kerasCases } from '../../fixtures/keras/cases';
import { contextOf, inputsOf, outputDifference, runGraph } from '../../passes/run-graph';
import { distance, inputsOfCase, openCase, openFiles, readableCases, TOLERANCE, writeDefaults } from './exported-cases';

const KERAS_FORMATS = ['keras', 'keras-h5', 'tfjs-layers'] as const;
const TIME_LIMIT_MS = 300_000;

async function sample(name: string): Promise<Graph> {
  return openFiles([{ name: `${name}.keras`, bytes: new Uint8Array(readFileSync(`public/samples/${name}.keras`)) }]);
}

async function caseGraph(id: string): Promise<Graph> {
  return (await openCase(kerasCases().find((one) => one.id === id && one.writer === 'keras3')!))!;
}

async function applied(graph: Graph, passes: readonly { meta: Pass['meta']; run: unknown }[]): Promise<Graph> {
  let current = graph;
  for (const pass of passes as readonly Pass[]) {
    const options = defaultsOf(pass.meta.options);
    current = (await pass.run(current, options as never, contextOf(options))).graph;
  }
  return current;
}

async function written(id: FormatId, graph: Graph, options: object = {}, recipe?: Recipe): Promise<readonly WrittenFile[]> {
  const format = await loadFormat(id);
  return (await format.write(graph, { ...defaultsOf(format.meta.writeOptions), ...options } as never, recipe)).files;
}

/** The layers of a graph that must have some. */
function layersOf(graph: Graph, target: Target) {
  const result = layersOfGraph(graph, target);
  if ('problem' in result) throw new Error(result.problem);
  return result;
}

/** x [batch, …] → nodes in a chain → output. */
function chain(shape: readonly number[], steps: readonly { [O in OpName]: [O, OpAttributes[O], ...Tensor[]] }[OpName][]): Graph {
  const values: Record<string, Graph['values'][string]> = { x: { id: 'x', name: 'x', dtype: 'float32', shape } };
  const nodes: Node[] = [];
  let from = 'x';
  for (const [i, [op, attributes, ...constants]] of steps.entries()) {
    const ids = constants.map((tensor, c) => {
      const id = `scope/n${i}/c${c}`;
      values[id] = { id, name: id, dtype: tensor.dtype, shape: tensor.shape, tensor };
      return id;
    });
    const output = `scope/n${i}`;
    values[output] = { id: output, name: output, dtype: 'float32', shape };
    nodes.push({ id: output, name: output, op, attributes, inputs: [from, ...ids], outputs: [output] } as unknown as Node);
    from = output;
  }
  return { name: 'chain', inputs: ['x'], outputs: [from], inputNames: ['x'], outputNames: ['y'], nodes, values, source: { format: 'tfjs-graph', producer: '' } };
}

describe('models that passes changed', () => {
  it.each(['fashion_cnn', 'fashion_mobile'])('%s folded, pruned and clustered goes home with the same answers', async (name) => {
    const graph = await applied(await sample(name), [foldBatchNorm, cleanUp, pruneMagnitude, clusterWeights]);
    for (const id of ['keras', 'keras-h5'] as const) {
      expect(await outputDifference(graph, await openFiles(await written(id, graph)))).toBe(0);
    }
    const files = await written('tfjs-layers', graph, { weights: 'float32' });
    const inputs = inputsOf(graph);
    const [own] = await runGraph(graph, inputs);
    const [theirs] = await runWithTfjsLoader(files, 'tfjs-layers', inputs, 'cpu');
    expect(Math.max(...own!.data.map((value, i) => Math.abs(value - theirs!.data[i]!)))).toBeLessThan(TOLERANCE);
  }, TIME_LIMIT_MS);

  it('keeps the names of layers, and their activation and bias when folding added them', async () => {
    const graph = await applied(await sample('fashion_cnn'), [foldBatchNorm, cleanUp]);
    const before = (await sample('fashion_cnn')).nodes.filter((node) => node.op === 'conv2d').map((node) => node.layer!.path);
    const convolutions = layersOf(graph, kerasTarget).topology.layers.filter(({ className }) => className === 'Conv2D');
    expect(convolutions.map(({ name }) => name)).toEqual(before);
    for (const { config } of convolutions) expect(config).toMatchObject({ use_bias: true, activation: 'relu' });
  });

  it('says how many weights were expanded, and to what size', async () => {
    const graph = await applied(await sample('fashion_cnn'), [quantizeWeights]);
    const format = await loadFormat('keras');
    const { diagnostics } = await format.write(graph, {} as never, undefined);
    expect(diagnostics).toEqual([
      { level: 'warning', message: expect.stringMatching(/^Keras stores float32: 5 tensors of int8 were written as float32, 964736 bytes in place of \d+\./) as unknown },
    ]);
  });

  it('stores weights for TensorFlow.js as asked', async () => {
    const graph = await sample('fashion_cnn');
    const nbytes = async (weights: string): Promise<number> =>
      (await written('tfjs-layers', graph, { weights })).filter(({ name }) => name.endsWith('.bin')).reduce((sum, { bytes }) => sum + bytes.length, 0);
    const float32 = await nbytes('float32');
    expect(await nbytes('float16')).toBeLessThan(float32 * 0.51);
    expect(await nbytes('uint8')).toBeLessThan(float32 * 0.27);
  });
});

describe('files', () => {
  const recipe: Recipe = { version: 1, steps: [makeStep('prune-magnitude', { sparsity: 0.5 })] };

  it.each(KERAS_FORMATS)('%s holds the recipe, and the same graph gives the same bytes', async (id) => {
    const graph = await sample('fashion_mobile');
    const files = await written(id, graph, {}, recipe);
    const opened = await openModel(files.map(({ name, bytes }) => fileOf(name, bytes)), () => {});
    expect(opened.recipe).toEqual(recipe);
    expect(await written(id, graph, {}, recipe)).toEqual(files);
  });

  it('a .keras archive is stored, and names every layer beside its weights', async () => {
    const [file] = await written('keras', await sample('fashion_cnn'));
    const zip = await openZip(fileOf(file!.name, file!.bytes));
    expect(zip.members.map(({ name }) => name)).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
    expect(file!.bytes.length).toBeGreaterThan(964_736);
    const config = JSON.parse(await (await zip.open('config.json')).blob.text()) as { config: { layers: { module: string; class_name: string; inbound_nodes: unknown[] }[] } };
    expect(config.config.layers[1]).toMatchObject({
      module: 'keras.layers',
      inbound_nodes: [{ args: [{ class_name: '__keras_tensor__', config: { dtype: 'float32', keras_history: [expect.any(String), 0, 0] } }], kwargs: {} }],
    });
  });
});

describe('layers of a graph', () => {
  it('calls a shared layer several times', async () => {
    const { topology, weights } = layersOf(await caseGraph('model-shared-layer'), kerasTarget);
    const shared = topology.layers.filter(({ calls }) => calls.length > 1);
    expect(shared.length).toBeGreaterThan(0);
    for (const { name } of shared) expect(weights.has(name)).toBe(true);
  });

  it('still calls it several times when its nodes no longer know their layer', async () => {
    const graph = await caseGraph('model-shared-layer');
    const bare: Graph = { ...graph, nodes: graph.nodes.map(({ layer: _layer, ...node }) => node as Node) };
    const count = (one: Graph): number => layersOf(one, kerasTarget).topology.layers.filter(({ calls }) => calls.length > 1).length;
    expect(count(bare)).toBe(count(graph));
  });

  it('gives nested models of equal inner names layers of different names', async () => {
    const names = layersOf(await caseGraph('model-nested-two-levels'), kerasTarget).topology.layers.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.join()).not.toContain('/');
  });

  it('writes padding by numbers as a layer of its own, and causal padding as causal', () => {
    const kernel = float32Tensor([3, 3, 2, 4], new Float32Array(72).fill(0.1));
    const conv = { strides: [1, 1], dilations: [1, 1], groups: 1, activation: 'relu6' } as const;
    const padded = chain([-1, 5, 5, 2], [['conv2d', { ...conv, padding: [[1, 0], [0, 1]] }, kernel]]);
    expect(layersOf(padded, kerasTarget).topology.layers.map(({ className }) => className)).toEqual(['InputLayer', 'ZeroPadding2D', 'Conv2D', 'ReLU']);
    const row = float32Tensor([3, 2, 4], new Float32Array(24).fill(0.1));
    const causal = chain([-1, 5, 2], [['conv1d', { strides: [1], dilations: [2], groups: 1, activation: 'none', padding: [[4, 0]] }, row]]);
    expect(layersOf(causal, kerasTarget).topology.layers[1]).toMatchObject({ className: 'Conv1D', config: { padding: 'causal' } });
    expect(layersOf(causal, tfjsLayersTarget).topology.layers.map(({ className }) => className)).toEqual(['InputLayer', 'Reshape', 'ZeroPadding2D', 'Reshape', 'Conv1D']);
  });

  it('writes arithmetic with constants as rescaling and normalization that every Keras has', async () => {
    const graph = chain(
      [-1, 3],
      [
        ['mul', { activation: 'none' }, float32Tensor([3], [1, 2, -3])],
        ['sub', { activation: 'relu' }, float32Tensor([], [0.5])],
        ['clip', { minimum: -2, maximum: 1 }],
        ['maximum', {}, float32Tensor([], [0.25])],
        ['hard-swish', {}],
      ],
    );
    for (const id of KERAS_FORMATS) expect(await outputDifference(graph, await openFiles(await written(id, graph)))).toBeLessThan(1e-6);
  });

  it('names the last layer after the output, where names are not those of Keras layers', () => {
    const graph = chain([-1, 3], [['tanh', {}]]);
    expect(layersOf({ ...graph, outputNames: ['Identity:0'] }, kerasTarget).topology.layers.at(-1)!.name).toBe('Identity');
  });

  it('keeps a mask that Keras passes on, and does not write one that it would not', async () => {
    const graph = await caseGraph('lstm-embedding-mask');
    const { topology } = layersOf(graph, kerasTarget);
    expect(topology.layers.map(({ className }) => className)).toEqual(['InputLayer', 'Embedding', 'LSTM']);
    // The same without a mask: the embedding must no longer make one.
    const lstm = graph.nodes.find(({ op }) => op === 'lstm')!;
    const editor = editGraph(graph);
    editor.replaceNode(lstm.id, [{ ...lstm, inputs: lstm.inputs.map((id, i) => (i === 4 ? null : id)) } as Node]);
    const unmasked = layersOfGraph(editor.done(), kerasTarget);
    expect(unmasked).toMatchObject({ problem: expect.stringContaining('reads a mask in a way in which Keras would not pass it on') as unknown });
  });
});

describe('refusals', () => {
  const problem = (graph: Graph, target: Target): string => {
    const result = layersOfGraph(graph, target);
    return 'problem' in result ? result.problem : 'none';
  };

  it('name the layer that TensorFlow.js lacks', async () => {
    expect(problem(await caseGraph('multi-head-attention-self'), tfjsLayersTarget)).toBe(
      'The layer "multi_head_attention" (MultiHeadAttention) cannot be written: it is a layer that TensorFlow.js does not have',
    );
    expect(problem(await caseGraph('gru'), tfjsLayersTarget)).toContain('reset_after');
    expect(problem(await caseGraph('group-normalization'), tfjsLayersTarget)).toContain('(GroupNormalization)');
  });

  it('write a difference for TensorFlow.js as a sum, because it has no Subtract', async () => {
    const { topology } = layersOf(await caseGraph('subtract'), tfjsLayersTarget);
    expect(topology.layers.map(({ className }) => className)).toEqual(['InputLayer', 'InputLayer', 'Rescaling', 'Add']);
  });

  it('name the node that has no layer, also when others follow', () => {
    const graph = chain([-1, 3], [['sin', {}], ['relu', {}]]);
    expect(problem(graph, kerasH5Target('keras3'))).toBe('"scope/n0" (sin) is an operation for which Keras has no layer');
    expect(problem(graph, kerasTarget)).toBe('none');
  });

  it('say what several axes become in an .h5 file', async () => {
    expect(problem(await caseGraph('layer-normalization-axes'), kerasH5Target('keras3'))).toContain('several axes');
    expect(problem(await caseGraph('layer-normalization-axes'), kerasTarget)).toBe('none');
  });

  it('tell the two hard sigmoids apart', async () => {
    const keras2 = (await openCase(kerasCases().find(({ id, writer }) => id === 'lstm-recurrent-hard-sigmoid' && writer === 'keras2')!))!;
    expect(problem(keras2, kerasTarget)).toContain('the hard sigmoid of Keras 2');
    expect(problem(keras2, tfjsLayersTarget)).toBe('none');
    const h5 = await loadFormat('keras-h5');
    const { diagnostics } = await h5.write(keras2, {} as never, undefined);
    expect(diagnostics.map(({ message }) => message)).toContain('hard_sigmoid is another function in Keras 3: open this file with Keras 2.');
    expect(problem(await caseGraph('lstm-recurrent-hard-sigmoid'), tfjsLayersTarget)).toContain('the hard sigmoid of Keras 3');
  });

  it('do not write tensors of whole numbers as weights of a look-up', () => {
    const graph = chain([-1, 3], [['gather', { axis: 1, batchDims: 0 }, int32Tensor([2], [0, 2])]]);
    expect(problem(graph, kerasH5Target('keras3'))).toContain('picks out of a tensor');
  });

  it('are errors when writing goes on regardless', async () => {
    const graph = await caseGraph('multi-head-attention-self');
    await expect(written('tfjs-layers', graph)).rejects.toMatchObject({ name: 'ExportError', message: expect.stringContaining('export that instead') as unknown });
  });
});

describe('graphs that are not from Keras', () => {
  /** Fixtures whose graph model, read back, still has Keras layers; a smaller number means that some are lost. */
  const HELD = { keras: 425, 'keras-h5': 290, 'tfjs-layers': 265 } as const;

  it('become layers node by node and answer as Keras did', async () => {
    const graphModel = await loadFormat('tfjs-graph');
    const counts = { keras: 0, 'keras-h5': 0, 'tfjs-layers': 0 };
    const wrong: string[] = [];
    for (const one of readableCases().filter(({ writer }) => writer === 'keras3')) {
      const graph = await openCase(one);
      if (!graph || graphModel.canWrite(graph) !== true) continue;
      const foreign = await openFiles(await writeDefaults(graphModel, graph));
      for (const id of KERAS_FORMATS) {
        const format = await loadFormat(id);
        if (format.canWrite(foreign) !== true) continue;
        counts[id]++;
        const again = await openFiles(await writeDefaults(format, foreign));
        const found = distance(one, await runGraph(again, inputsOfCase(one)));
        if (!(found <= TOLERANCE)) wrong.push(`${one.id}, ${id}: ${found}`);
      }
    }
    expect(wrong).toEqual([]);
    for (const id of KERAS_FORMATS) expect(counts[id]).toBeGreaterThanOrEqual(HELD[id]);
  }, TIME_LIMIT_MS);
});

it('weights that a palette shares stay few different values', async () => {
  const graph = await applied(await sample('fashion_mobile'), [clusterWeights]);
  const again = await openFiles(await written('keras', graph));
  const kernel = Object.values(again.values).find(({ tensor }) => tensor && tensor.shape.length === 2)!;
  expect(new Set(decodeFloats(kernel.tensor!)).size).toBeLessThanOrEqual(32);
});
