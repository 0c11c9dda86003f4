/** What the graph says of the layers that it came from. */
import { describe, expect, it } from 'vitest';
import { zipSync } from 'fflate';
import { readKeras } from '../../../src/formats/keras/read';
import { readKerasH5 } from '../../../src/formats/keras-h5/read';
import { readTfjsLayers } from '../../../src/formats/tfjs-layers/read';
import type { Graph } from '../../../src/ir/graph';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import { openZip } from '../../../src/lib/zip';
import { caseFileBytes } from '../../fixtures/keras/cases';
import { droppedFiles, readCase } from '../keras-case';

const graphOf = async (path: string): Promise<Graph> => (await readCase({ kind: path.includes('.keras') ? 'keras' : 'h5', path })).graph;
const constantsOf = (graph: Graph): string[] => Object.values(graph.values).flatMap(({ tensor, name }) => (tensor ? [name] : []));

describe('a graph out of Keras', () => {
  it('names its source, inputs and outputs', async () => {
    const graph = await graphOf('keras3/model-two-inputs-two-outputs.keras.gz');
    expect(graph.source).toEqual({ format: 'keras', producer: 'Keras 3.15.1' });
    expect(graph.outputNames).toEqual(['which', 'whether']);
    expect(graph.inputs.map((id) => graph.values[id]!.shape)).toEqual([
      [-1, 8, 8, 3],
      [-1, 5],
    ]);
  });

  it('has a constant for each weight, named by layer and role', async () => {
    const graph = await graphOf('keras3/model-sequential-cnn.keras.gz');
    expect(constantsOf(graph)).toEqual(expect.arrayContaining(['conv2d/kernel', 'batch_normalization/gamma', 'batch_normalization/moving_variance', 'dense/bias']));
    expect(new Set(constantsOf(graph)).size).toBe(constantsOf(graph).length);
  });

  it('keeps the layer with every node, and dropout as a node that does nothing', async () => {
    const graph = await graphOf('h5-keras2/model-sequential-cnn.h5.gz');
    expect(graph.nodes.map(({ op, layer }) => [layer?.className, op])).toEqual([
      ['Conv2D', 'conv2d'],
      ['BatchNormalization', 'batch-norm'],
      ['ReLU', 'relu'],
      ['MaxPooling2D', 'max-pool'],
      ['Conv2D', 'conv2d'],
      ['Flatten', 'flatten'],
      ['Dropout', 'identity'],
      ['Dense', 'dense'],
      ['Dense', 'dense'],
      ['Dense', 'softmax'],
    ]);
    expect(graph.nodes.at(-1)!.layer!.path).toBe(graph.nodes.at(-2)!.layer!.path);
  });

  it('shares the constants of a layer that is called twice, and counts the calls', async () => {
    const graph = await graphOf('keras3/model-shared-layer.keras.gz');
    const shared = graph.nodes.filter(({ layer }) => layer?.path === 'shared');
    expect(shared.map(({ layer }) => layer!.call)).toEqual([0, 1]);
    expect(shared[0]!.inputs[1]).toBe(shared[1]!.inputs[1]);
  });

  it('names layers of nested models by their path', async () => {
    const graph = await graphOf('keras3/model-nested-two-levels.keras.gz');
    const paths = graph.nodes.map(({ layer }) => layer!.path);
    expect(paths.some((path) => path.startsWith('middle/deep/conv2d'))).toBe(true);
    expect(constantsOf(graph).some((name) => /^middle\/deep\/conv2d.*\/kernel$/.test(name))).toBe(true);
  });

  it('computes masks only where a layer uses them', async () => {
    const unused = await graphOf('h5-keras2/embedding-mask-zero.h5.gz');
    expect(unused.nodes.map(({ op }) => op)).not.toContain('not-equal');
    const used = await graphOf('h5-keras2/lstm-embedding-mask.h5.gz');
    expect(used.nodes.map(({ op }) => op)).toContain('not-equal');
  });

  it('fuses what the operator can do and adds nodes for the rest', async () => {
    const graph = await graphOf('keras3/conv-of-some-activations.keras.gz');
    const opsOf = (path: string): string[] => graph.nodes.filter(({ layer }) => layer?.path === path).map(({ op }) => op);
    expect(opsOf('conv_tanh')).toEqual(['conv2d']);
    expect(opsOf('conv_gelu')).toEqual(['conv2d', 'gelu']);
  });

  it('marks Keras 2’s own hard sigmoid', async () => {
    const ops = async (path: string): Promise<string[]> => (await graphOf(path)).nodes.map(({ op }) => op);
    expect(await ops('h5-keras2/activation-hard-sigmoid.h5.gz')).toEqual(['hard-sigmoid-keras2']);
    expect(await ops('keras3/activation-hard-sigmoid.keras.gz')).toEqual(['hard-sigmoid']);
  });

  it('keeps half-precision weights as they are stored, and says that it computes in float32', async () => {
    const { graph, diagnostics } = await readCase({ kind: 'keras', path: 'special/float16-keras3.keras' });
    expect(graph.values['conv2d/kernel']!.tensor!.encoding).toMatchObject({ storage: 'float16' });
    expect(diagnostics.map(({ message }) => message).join()).toContain('computes in float32');
  });

  it('warns of layers that keep their state between batches', async () => {
    const { diagnostics } = await readCase({ kind: 'h5', path: 'h5-keras3/lstm-stateful.h5.gz' });
    expect(diagnostics).toMatchObject([{ level: 'warning', subject: expect.stringMatching(/^lstm/) as string }]);
  });
});

describe('the recipe that a model was made by', () => {
  const recipe = { version: 1, steps: [{ pass: 'clean-up', options: {}, rules: [] }] };

  it('comes back out of a .keras archive', async () => {
    const zip = await openZip(fileOf('model.keras', new Uint8Array(caseFileBytes('keras3/dense.keras.gz'))));
    const members: Record<string, Uint8Array> = {};
    for (const { name } of zip.members) members[name] = new Uint8Array(await (await zip.open(name)).blob.arrayBuffer());
    members['metadata.json'] = new TextEncoder().encode(JSON.stringify({ keras_version: '3.15.1', whittle_recipe: recipe }));
    const main = fileOf('model.keras', zipSync(members, { level: 0 }) as Uint8Array<ArrayBuffer>);
    expect(await readKeras({ main, files: [main], report: ignoreProgress })).toMatchObject({ recipe });
  });

  it('comes back out of an .h5', async () => {
    const h5wasm = await import('h5wasm');
    const { FS } = await h5wasm.ready;
    FS.writeFile('/recipe.h5', new Uint8Array(caseFileBytes('h5-keras2/dense.h5.gz')));
    const file = new h5wasm.File('/recipe.h5', 'a');
    file.create_attribute('whittle_recipe', JSON.stringify(recipe));
    file.close();
    const main = fileOf('model.h5', new Uint8Array(FS.readFile('/recipe.h5')));
    FS.unlink('/recipe.h5');
    expect(await readKerasH5({ main, files: [main], report: ignoreProgress })).toMatchObject({ recipe });
  });

  it('comes back out of a model.json', async () => {
    const dropped = droppedFiles({ kind: 'tfjs-layers', path: 'tfjs/keras2-cnn/model.json' });
    const json = JSON.parse(await dropped.main.blob.text()) as object;
    const main = fileOf(dropped.main.name, JSON.stringify({ ...json, userDefinedMetadata: { whittleRecipe: recipe } }));
    expect(await readTfjsLayers({ ...dropped, main })).toMatchObject({ recipe });
    expect(await readTfjsLayers(dropped)).not.toHaveProperty('recipe');
  });
});
