/**
 * Models that lost channels go home: read back from a Keras archive and from TensorFlow.js layers they compute the same, as layers of
 * the same names and classes; LiteRT runs them as the executor does.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { loadFormat } from '../../../src/formats/index';
import { canWriteTflite } from '../../../src/formats/tflite/write';
import type { FileBackend } from '../../../src/runtime/backend';
import { layerNameOf } from '../../../src/passes/weight-sites';
import { kerasCases, type KerasCase } from '../../fixtures/keras/cases';
import { inputsOfCase, openCase, openFiles, TOLERANCE, writeDefaults } from '../../formats/keras-export/exported-cases';
import { runWritten, sizedFor, startLiteRt, withoutFlags } from '../../formats/tflite/run-written';
import { runGraph } from '../run-graph';
import { pruneAndMask } from './masked';

const CASES = [
  'model-sequential-cnn', 'model-residual-concat', 'model-nested-functional', 'model-nested-sequential', 'model-siamese', 'model-text-lstm',
  'model-text-bidirectional-masked', 'model-seq2seq', 'model-squeeze-excite', 'model-inverted-residual', 'model-autoencoder', 'model-unet',
  'model-many-same-class', 'model-two-inputs-two-outputs',
];

/** What TensorFlow.js layers cannot hold whole either: a backward layer of its own, interpolation at Keras's points. */
const NOT_TFJS_LAYERS = ['model-text-bidirectional-masked', 'model-unet'];

const cases = kerasCases().filter(({ id, writer }) => CASES.includes(id) && writer === 'keras3');
const titled = cases.map((one) => [one.id, one] as const);

async function prunedCase(one: KerasCase): Promise<Graph> {
  const { pruned, removedUnits } = pruneAndMask((await openCase(one))!, 0.5);
  expect(removedUnits).toBeGreaterThan(0);
  return pruned;
}

/** Layers of a graph as `class path`. */
function layersOf(graph: Graph): string[] {
  return [...new Set(graph.nodes.filter((node) => node.layer).map((node) => `${node.layer!.className} ${layerNameOf(node).split('/').at(-1)}`))].sort();
}

describe.each(['keras', 'tfjs-layers'] as const)('pruned and written as %s', (id) => {
  it.each(titled.filter(([name]) => id === 'keras' || !NOT_TFJS_LAYERS.includes(name)))('%s comes back', async (_, one) => {
    const pruned = await prunedCase(one);
    const format = await loadFormat(id);
    const back = await openFiles(await writeDefaults(format, pruned));
    expect(layersOf(back)).toEqual(layersOf(pruned));
    const inputs = inputsOfCase(one);
    const [expected, actual] = [await runGraph(pruned, inputs), await runGraph(back, inputs)];
    for (const [i, output] of expected.entries()) {
      expect(actual[i]!.shape).toEqual(output.shape);
      output.data.forEach((value, j) => expect(Math.abs(value - actual[i]!.data[j]!)).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(value))));
    }
  });
});

describe('pruned and written as TensorFlow Lite', () => {
  let backend: FileBackend;
  beforeAll(async () => {
    backend = await startLiteRt();
  });

  it.each(titled)('%s answers in LiteRT', async (_, one) => {
    const inputs = inputsOfCase(one);
    const pruned = withoutFlags(sizedFor(await prunedCase(one), inputs.map(({ shape }) => shape)));
    expect(canWriteTflite(pruned)).toBe(true);
    const expected = (await runGraph(pruned, inputs)).flatMap(({ data }) => Array.from<number>(data));
    const actual = (await runWritten(backend, pruned, inputs)).flatMap(({ data }) => Array.from<number>(data));
    expect(actual.length).toBe(expected.length);
    expected.forEach((value, i) => expect(Math.abs(value - actual[i]!)).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(value))));
  });
});
