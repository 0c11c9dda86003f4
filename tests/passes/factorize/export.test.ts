/** A factorized model is an ordinary one: each format writes it, and other people's loaders run it. */
import { describe, expect, it } from 'vitest';
import type { FormatId, WrittenFile } from '../../../src/formats/format';
import { loadFormat } from '../../../src/formats/index';
import type { Graph } from '../../../src/ir/graph';
import { defaultsOf } from '../../../src/options/options';
import { factorizeOptions } from '../../../src/passes/factorize/meta';
import { factorize } from '../../../src/passes/factorize/run';
import type { Batch } from '../../../src/runtime/backend';
import { runWithTfjsLoader } from '../../../src/runtime/tfjs/reference-loader';
import { openFiles } from '../../formats/keras-export/exported-cases';
import { dataContext, differenceOn, fashionModel } from '../examples';
import { runGraph } from '../run-graph';

/** Sums in another order. */
const TOLERANCE = 1e-5;

async function factorized(name: 'fashion_cnn' | 'fashion_mobile', way: string): Promise<{ graph: Graph; image: Batch }> {
  const { graph, images } = await fashionModel(name);
  const options = { ...defaultsOf(factorizeOptions), rankBy: 'layer', convolutions: way, dataAware: false } as const;
  const { graph: thin } = await factorize.run(graph, options as never, dataContext(options, graph, null));
  return { graph: thin, image: { ...images, shape: [1, 28, 28, 1], data: images.data.slice(0, 784) } };
}

async function written(id: FormatId, graph: Graph): Promise<readonly WrittenFile[]> {
  const format = await loadFormat(id);
  return (await format.write(graph, defaultsOf(format.meta.writeOptions) as never, undefined)).files;
}

describe.each([['fashion_cnn', 'spatial'], ['fashion_cnn', 'tucker'], ['fashion_mobile', 'channels']] as const)('%s, factorized by %s,', (name, way) => {
  it.each(['keras', 'keras-h5', 'tfjs-layers', 'tfjs-graph', 'tflite'] as const)('goes home as %s', async (id) => {
    const { graph, image } = await factorized(name, way);
    const files = await written(id, graph);
    const again = await openFiles(files);
    expect(await differenceOn(graph, again, [image])).toBeLessThan(TOLERANCE);
    if (id !== 'tfjs-layers' && id !== 'tfjs-graph') return;
    const [own] = await runGraph(graph, [image]);
    const [theirs] = await runWithTfjsLoader(files, id, [image], 'cpu');
    expect(Math.max(...Array.from(own!.data, (value, i) => Math.abs(value - theirs!.data[i]!)))).toBeLessThan(TOLERANCE);
  });
});

it('names the layers of a factorized model after the one they came from', async () => {
  const { graph } = await factorized('fashion_cnn', 'spatial');
  const again = await openFiles(await written('keras', graph));
  const names = again.nodes.flatMap(({ op, layer }) => (op === 'conv2d' || op === 'dense' ? [layer!.path] : []));
  const before = graph.nodes.flatMap(({ op, layer }) => (op === 'conv2d' || op === 'dense' ? [layer!.path] : []));
  expect(names).toEqual(before);
  expect(names.filter((name) => name.endsWith('_rows') || name.endsWith('_columns')).length).toBeGreaterThan(0);
});
