/** The proof of an export: files that TensorFlow.js itself wrote must run, broken ones must not. */
import type { WrittenFile } from '../../../src/formats/format';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { runWithTfjsLoader } from '../../../src/runtime/tfjs/reference-loader';
import { random } from './numbers';

const input = { shape: [3, 4], dtype: 'float32', data: random([3, 4], 1) } as const;

describe("TensorFlow.js's own loaders", () => {
  beforeAll(async () => {
    await createBackend('cpu');
  });

  it('run a layers model as the model that was saved', async () => {
    const { files, expected } = await savedLayers();
    const before = tf.memory().numTensors;
    const [y] = await runWithTfjsLoader(files, 'tfjs-layers', [input], 'cpu');
    expect(y!.shape).toEqual([3, 2]);
    expect([...y!.data]).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('run a graph model, also one whose shapes depend on data', async () => {
    const relu = await runWithTfjsLoader(graphFiles('Relu'), 'tfjs-graph', [input], 'cpu');
    expect([...relu[0]!.data]).toEqual([...input.data].map((value) => Math.max(value, 0)));
    const flags = { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) } as const;
    const where = await runWithTfjsLoader(graphFiles('Where', 'DT_BOOL'), 'tfjs-graph', [flags], 'cpu');
    expect([...where[0]!.data]).toEqual([0, 2]);
  });

  it('refuse a missing shard, by name, and an operator that does not exist', async () => {
    const { files } = await savedLayers();
    const shardless = files.filter(({ name }) => name !== 'weights.bin');
    await expect(runWithTfjsLoader(shardless, 'tfjs-layers', [input], 'cpu')).rejects.toMatchObject({ name: 'ExportError', message: expect.stringMatching(/weights\.bin/) });
    await expect(runWithTfjsLoader(graphFiles('Nonsense'), 'tfjs-graph', [input], 'cpu')).rejects.toMatchObject({ name: 'ExportError' });
  });
});

async function savedLayers(): Promise<{ files: WrittenFile[]; expected: number[] }> {
  await tf.setBackend('cpu');
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4], activation: 'tanh' })] });
  let files: WrittenFile[] = [];
  await model.save({
    save: async ({ modelTopology, weightSpecs, weightData }) => {
      const json = { modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
      files = [
        { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
        { name: 'weights.bin', bytes: new Uint8Array(tf.io.concatenateArrayBuffers([weightData].flat() as ArrayBuffer[])) },
      ];
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' as const } };
    },
  });
  const y = model.predict(tf.tensor(input.data.slice(), [...input.shape])) as tf.Tensor;
  return { files, expected: [...(await y.data())] };
}

function graphFiles(op: string, type = 'DT_FLOAT'): WrittenFile[] {
  const node = [
    { name: 'x', op: 'Placeholder', attr: { dtype: { type } } },
    { name: 'y', op, input: ['x'], attr: { T: { type } } },
  ];
  return [{ name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify({ format: 'graph-model', modelTopology: { node, versions: { producer: 1 } }, weightsManifest: [] })) }];
}
