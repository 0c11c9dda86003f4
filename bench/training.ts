/**
 * npm run bench -- training DATA.npz MODELS LOG ROW[,ROW …] [SEED,SEED …]: what training recovers, as bench/training/rows.ts lists it.
 * DATA.npz holds x_train, y_train, x_test, y_test; MODELS is the folder of the .keras files. Every finished run is appended
 * to LOG (a JSON line each) and never run twice, so that a long series can be stopped and taken up again; at the end the table
 * of everything in LOG is printed: mean and range over the seeds. Exits 1 when a bar is missed.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeEngine } from '../src/cli/node-engine';
import { sourceFiles } from '../src/cli/source-files';
import type { Progress } from '../src/lib/progress';
import { recipeOf, rows, type Row } from './training/rows';

interface Run {
  readonly row: string;
  readonly seed: number;
  /** Per cent of the test images. */
  readonly accuracy: number;
  /** Points above what it is compared with (the row's `against`), and McNemar's p. */
  readonly change: number;
  readonly pValue: number;
  readonly images: number;
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
  readonly seconds: number;
}

const [data, models, log, wanted, seeds = '1'] = process.argv.slice(2);
if (!data || !models || !log || !wanted) throw new Error(`Usage: npm run bench -- training DATA.npz MODELS LOG ROW,… [SEED,…]. Rows: ${Object.keys(rows).join(', ')}.`);
/** All test images of the two data sets. */
const IMAGES = 10_000;

for (const seed of seeds.split(',').map(Number)) {
  for (const name of wanted === 'all' ? Object.keys(rows) : wanted.split(',')) {
    const row = rows[name];
    if (!row) throw new Error(`There is no row ${name}. Rows: ${Object.keys(rows).join(', ')}.`);
    if (runsOf(log).some((run) => run.row === name && run.seed === seed)) continue;
    const run = await take(name, row, seed, join(models, `${row.model}.keras`), data);
    appendFileSync(log, `${JSON.stringify(run)}\n`);
  }
}
print(runsOf(log));

function runsOf(path: string): Run[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Run);
}

async function take(name: string, row: Row, seed: number, model: string, dataPath: string): Promise<Run> {
  const engine = createNodeEngine();
  try {
    engine.setSeed(seed);
    await engine.open(await sourceFiles(model), () => {});
    await engine.openDataset(await sourceFiles(dataPath), () => {});
    const recipe = recipeOf(row);
    const start = performance.now();
    const { diagnostics } = await engine.apply(recipe, (progress) => watch(name, seed, progress));
    const seconds = (performance.now() - start) / 1000;
    for (const { message } of diagnostics) if (/epoch/i.test(message)) console.log(`  ${message}`);
    const against = row.against === undefined ? { version: 1 as const, steps: [] } : recipeOf(rows[row.against]!);
    const { candidate, change, pValue } = await engine.compareRecipes(against, recipe, 'wasm', IMAGES, (progress) => watch(name, seed, progress));
    const { raw, gzip, brotli } = await engine.measureSize(recipe, 'tflite', {}, () => {});
    const run = { row: name, seed, accuracy: candidate.accuracy.value * 100, change: change.value * 100, pValue, images: IMAGES, raw, gzip, brotli, seconds };
    console.log(JSON.stringify(run));
    return run;
  } finally {
    await engine.dispose();
  }
}

/** Between two lines about a running training. */
const WATCH_MS = 20_000;
let lastLine = 0;

function watch(name: string, seed: number, { training }: Progress): void {
  if (!training || (training.heldOutLoss === null && performance.now() - lastLine < WATCH_MS)) return;
  lastLine = performance.now();
  const heldOut = training.heldOutAccuracy === null ? '' : `, held out ${(100 * training.heldOutAccuracy).toFixed(2)} %`;
  console.log(`  ${name} seed ${seed} epoch ${training.epoch}, step ${training.step} of ${training.steps}: loss ${training.loss.toFixed(4)}${heldOut}, ${(training.elapsedMs / training.step).toFixed(0)} ms a step`);
}

function print(runs: readonly Run[]): void {
  console.log('| row | seeds | accuracy, mean (range) | bar | others | against (p for each seed) | gzip | brotli | seconds |\n|---|---|---|---|---|---|---|---|---|');
  for (const [name, { atLeast, peer, gzipAtMost, brotliAtMost, against }] of Object.entries(rows)) {
    const own = runs.filter((run) => run.row === name);
    if (own.length === 0) continue;
    const accuracies = own.map(({ accuracy }) => accuracy);
    const mean = accuracies.reduce((a, b) => a + b) / own.length;
    const gzip = Math.max(...own.map((run) => run.gzip));
    const brotli = Math.max(...own.map((run) => run.brotli));
    const missed = (atLeast !== null && mean < atLeast) || (gzipAtMost !== undefined && gzip > gzipAtMost) || (brotliAtMost !== undefined && brotli > brotliAtMost);
    if (missed) process.exitCode = 1;
    const bar = [atLeast === null ? '' : `≥ ${atLeast}`, gzipAtMost === undefined ? '' : `gzip ≤ ${gzipAtMost} B`, brotliAtMost === undefined ? '' : `brotli ≤ ${Math.floor(brotliAtMost)} B`].filter(Boolean).join(', ');
    const cells = [
      name,
      own.map(({ seed }) => seed).join(', '),
      `${mean.toFixed(2)} (${Math.min(...accuracies).toFixed(2)}–${Math.max(...accuracies).toFixed(2)})`,
      `${bar}${missed ? ' MISSED' : ''}`,
      peer,
      `${(own.reduce((sum, run) => sum + run.change, 0) / own.length).toFixed(2)} points to ${against ?? 'the model as given'} (${own.map((run) => run.pValue.toPrecision(2)).join(', ')})`,
      gzip,
      brotli,
      Math.round(own.reduce((sum, { seconds }) => sum + seconds, 0) / own.length),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
