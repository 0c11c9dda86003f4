/**
 * npm run bench -- sensitivity IMAGES.npz MODEL.keras …: all layers × 64 training images × int8 and int4 on the wasm backend, with inner
 * values kept and with every candidate run whole; the seconds of both, and how far their divergences differ.
 */
import { basename } from 'node:path';
import type { Graph } from '../src/ir/graph';
import { ignoreProgress } from '../src/lib/progress';
import { createBackend } from '../src/runtime/tfjs/backends';
import { sensitivity } from '../src/search/sensitivity';
import type { SensitivityRow } from '../src/search/types';
import { variant } from '../src/search/variants';
import { readFolded, readImages } from './images';

const SAMPLES = 64;
const variants = [variant('quantize-weights', { format: 'int8', granularity: 'channel' }), variant('quantize-weights', { format: 'int4', granularity: 'channel', clipping: 'mse' })];

const [data, ...models] = process.argv.slice(2);
if (data === undefined || models.length === 0) throw new Error('Usage: npm run bench -- sensitivity IMAGES.npz MODEL.keras …');
const train = await readImages(data, 'train');
const backend = await createBackend('wasm');
const prepare = (graph: Graph) => backend.prepare(graph);

async function sweep(graph: Graph, reuse: boolean): Promise<{ rows: SensitivityRow[]; seconds: number }> {
  const rows: SensitivityRow[] = [];
  const started = performance.now();
  const settings = { samples: SAMPLES, seed: 1, known: [], layers: null, reuse, execute: async (part: Graph) => (await backend.prepare(part)).run([]) };
  for await (const row of sensitivity(graph, variants, train, prepare, ignoreProgress, undefined, settings)) rows.push(row);
  return { rows, seconds: (performance.now() - started) / 1000 };
}

for (const path of models) {
  const graph = await readFolded(path);
  await sweep(graph, true); // warms the kernels up
  const naive = await sweep(graph, false);
  const fast = await sweep(graph, true);
  const furthest = Math.max(...fast.rows.map((row, i) => Math.abs(row.kl - naive.rows[i]!.kl) / Math.max(naive.rows[i]!.kl, 1e-9)));
  console.log(`${basename(path)}: ${fast.rows.length} rows, whole ${naive.seconds.toFixed(2)} s, kept ${fast.seconds.toFixed(2)} s, ratio ${(naive.seconds / fast.seconds).toFixed(2)}, largest relative difference ${furthest.toExponential(1)}`);
  for (const { layer, options, kl, bytesSaved } of fast.rows) console.log(`  ${layer} ${String(options.format)}: ${kl.toExponential(2)} nats, ${bytesSaved} bytes`);
}
