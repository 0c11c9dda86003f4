/**
 * npm run bench -- search DATA.npz MODEL.keras LOG GOALS [EPOCHS [TRAIN_EXAMPLES [FINAL_EPOCHS [CANDIDATES]]]]: a search under GOALS (JSON, as
 * {"mostBytes":25000}; bytes are the .tflite's brotli), its candidates trained for EPOCHS (0: untrained) and judged on 2,000 training images. Every
 * candidate is appended to LOG; at the end the best against the original on all test images, paired. What was measured is kept beside LOG and
 * never done twice.
 */
import { appendFileSync } from 'node:fs';
import { checkpointFolder } from '../src/cli/checkpoint-folder';
import { createNodeEngine } from '../src/cli/node-engine';
import { sourceFiles } from '../src/cli/source-files';
import type { FoundCandidate, SearchWish } from '../src/engine/search-types';
import type { Progress } from '../src/lib/progress';
import type { Recipe } from '../src/passes/pass';
import { emptyRecipe } from '../src/passes/recipe';

const [data, model, log, goals, epochs = '0', trainExamples, finalEpochs, candidates] = process.argv.slice(2);
if (!data || !model || !log || !goals) throw new Error('Usage: npm run bench -- search DATA.npz MODEL.keras LOG GOALS [EPOCHS [TRAIN_EXAMPLES [FINAL_EPOCHS [CANDIDATES]]]]');
const ALL = Number.MAX_SAFE_INTEGER;
const TRAINED_CANDIDATES = 10;
const UNTRAINED_CANDIDATES = 40;
/** Between two lines about a running training. */
const WATCH_MS = 30_000;
let lastLine = 0;

const engine = createNodeEngine({ checkpoints: checkpointFolder(`${log}.kept`) });
await engine.open(await sourceFiles(model), () => {});
await engine.openDataset(await sourceFiles(data), () => {});
const recovery = Number(epochs) > 0 ? { epochs: Number(epochs), ...(trainExamples ? { trainExamples: Number(trainExamples) } : {}), ...(finalEpochs ? { finalEpochs: Number(finalEpochs) } : {}) } : null;
const wish: SearchWish = {
  goals: JSON.parse(goals) as SearchWish['goals'],
  format: 'tflite',
  options: {},
  candidates: Number(candidates ?? (recovery ? TRAINED_CANDIDATES : UNTRAINED_CANDIDATES)),
  seed: 1,
  examples: 2000,
  samples: 64,
  preprocessing: null,
  latencyBackend: 'wasm',
  recovery,
};

const started = performance.now();
const seconds = (): number => Math.round((performance.now() - started) / 1000);
const say = (line: object): void => {
  console.log(JSON.stringify(line));
  appendFileSync(log, `${JSON.stringify(line)}\n`);
};
const stepsOf = ({ steps }: Recipe): string => steps.map(({ pass, options, rules }) => `${pass}${options.recoverEpochs ? ` (${options.recoverEpochs} epochs)` : ''}: ${rules.filter(({ keep }) => !keep).map(({ match, options: own }) => `${match} ${Object.values(own ?? {}).join(' ')}`).join(', ')}`).join('; ');

const result = await engine.search(wish, watch, ({ measured, predicted, size, recipe }: FoundCandidate) => {
  say({ seconds: seconds(), brotli: size.brotli, raw: size.raw, predicted: Math.round(predicted.bytes), kl: predicted.kl, macs: measured.macs, loss: measured.accuracyDrop, latencyMs: measured.latencyMs, passes: stepsOf(recipe), recipe });
});
say({ seconds: seconds(), message: result.message, original: result.original, best: result.best.measured, final: result.final && { size: result.final.size, unmet: result.final.unmet } });
const best = result.final?.recipe ?? result.best.recipe;
await engine.apply(best, watch);
const { original, candidate, change, verdict, pValue } = await engine.compareRecipes(emptyRecipe, best, 'wasm', ALL, () => {});
say({ seconds: seconds(), test: candidate.accuracy.value, originalTest: original.accuracy.value, change, verdict, pValue, size: await engine.measureSize(best, 'tflite', {}, () => {}), recipe: best });
await engine.dispose();

function watch({ stage, detail, training }: Progress): void {
  if (performance.now() - lastLine < WATCH_MS) return;
  lastLine = performance.now();
  const where = training ? `step ${training.step} of ${training.steps}, loss ${training.loss.toFixed(3)}` : '';
  console.log(`  ${seconds()} s: ${stage} ${detail ?? ''} ${where}`);
}
