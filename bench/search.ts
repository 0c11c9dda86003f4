/**
 * npm run bench -- search IMAGES.npz MODEL.keras [LOSS]: a search without training for the smallest model whose loss of accuracy on 2,000 training
 * images is at most LOSS (0.005), from sensitivities on 64; the best on all test images at the end.
 */
import { basename } from 'node:path';
import type { Graph } from '../src/ir/graph';
import { ignoreProgress } from '../src/lib/progress';
import { measureCost } from '../src/measure/cost';
import { totalMacs } from '../src/ops/cost';
import type { Recipe } from '../src/passes/pass';
import { createBackend } from '../src/runtime/tfjs/backends';
import { layerTotals } from '../src/search/plan';
import { describeEnd, search } from '../src/search/search';
import { sensitivity } from '../src/search/sensitivity';
import { storedBytes } from '../src/search/stored-bytes';
import type { Measured, SensitivityRow } from '../src/search/types';
import { defaultVariants } from '../src/search/variants';
import { accuracyOn, applySteps, readFolded, readImages } from './images';

const LOOKED_AT = 2000;
const MOST_CANDIDATES = 40;

const [data, path, loss = '0.005'] = process.argv.slice(2);
if (data === undefined || path === undefined) throw new Error('Usage: npm run bench -- search IMAGES.npz MODEL.keras [LOSS]');
const train = await readImages(data, 'train');
const some = { ...train, count: LOOKED_AT, labels: train.labels.slice(0, LOOKED_AT) };
const test = await readImages(data, 'test');
const graph = await readFolded(path);
const backend = await createBackend('wasm');
const prepare = (part: Graph) => backend.prepare(part);
const execute = async (part: Graph) => (await backend.prepare(part)).run([]);

let started = performance.now();
const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
const rows: SensitivityRow[] = [];
const settings = { samples: 64, seed: 1, known: [], layers: null, reuse: true, execute };
for await (const row of sensitivity(graph, defaultVariants, train, prepare, ignoreProgress, undefined, settings)) rows.push(row);
console.log(`${basename(path)}: ${rows.length} sensitivities in ${seconds()}`);

const before = await accuracyOn(graph, some);
const evaluate = async (recipe: Recipe): Promise<Measured> => {
  const made = await applySteps(graph, recipe.steps, train);
  return { bytes: storedBytes(made), macs: totalMacs(made), accuracyDrop: before - (await accuracyOn(made, some)), latencyMs: null };
};
started = performance.now();
const original = { bytes: storedBytes(graph), macs: totalMacs(graph) };
const goals = { mostAccuracyDrop: Number(loss) };
const steps = search({ rows, original, layers: layerTotals(graph), goals, before: [], after: [] }, evaluate, { most: MOST_CANDIDATES, seed: 1, known: [], report: ignoreProgress });
for (let i = 1; ; i++) {
  const { value, done } = await steps.next();
  if (done) {
    const best = await applySteps(graph, value.best.recipe.steps, train);
    const accuracy = async (one: Graph): Promise<string> => `${(100 * (await accuracyOn(one, test))).toFixed(2)} %`;
    console.log(`${describeEnd(value, goals)} ${seconds()}`);
    console.log(`Original: ${original.bytes} bytes, ${original.macs} MACs, ${await accuracy(graph)} of all test images`);
    console.log(`Best: ${storedBytes(best)} bytes, ${measureCost(best).macs} MACs, ${await accuracy(best)}`);
    for (const { pass, rules } of value.best.recipe.steps) console.log(`  ${pass}: ${rules.filter(({ keep }) => !keep).map(({ match, options }) => `${match} ${JSON.stringify(options)}`).join('; ')}`);
    break;
  }
  const { predicted, measured } = value;
  console.log(`${i}. ${measured.bytes} bytes (predicted ${Math.round(predicted.bytes)}), ${measured.macs} MACs (${Math.round(predicted.macs)}), loss ${(100 * measured.accuracyDrop).toFixed(2)} points (divergence ${predicted.kl.toExponential(1)})`);
}
