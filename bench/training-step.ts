/**
 * A training step of ours (forward, backward, Adam, loss read) against the same net written by hand with TensorFlow.js
 * (`tf.variableGrads`, `tf.train.adam`), on wasm, taking turns in one process. TensorFlow.js alone cannot train such nets on wasm: it is
 * given our kernels, without which it stops at the first convolution.
 *
 *     npm run bench -- training-step [--batch N] [--rounds N] [FILE.keras …]
 *
 * Without files: the two bundled samples. Dropout is off on both sides, so that the first losses can be compared. In a browser: training-step-page.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { createBackend } from '../src/runtime/tfjs/backends';
import { configureWasm } from '../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../src/runtime/tfjs/wasm-paths.node';
import { stepByHand } from './training-step/by-hand';
import { ownStep } from './training-step/own-step';
import { stepTask } from './training-step/task';
import { quantile, ratioText, timeInTurns } from './training-step/turns';

const WARM_UP_ROUNDS = 3;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '128' }, rounds: { type: 'string', default: '25' } },
});
const batch = Number(flags.batch);
configureWasm(nodeWasmPaths());
console.info('| model | batch | forward p50 ms | ours p50 ms | ours ÷ forward | by hand p50 ms | ours ÷ by hand: median of pairs (quartiles) | first losses |');
console.info('|---|---|---|---|---|---|---|---|');
for (const file of positionals.length > 0 ? positionals : ['public/samples/fashion_cnn.keras', 'public/samples/fashion_mobile.keras']) console.info(await compare(file));

async function compare(file: string): Promise<string> {
  const task = await stepTask(basename(file), new Uint8Array(readFileSync(file)), batch);
  const model = await (await createBackend('wasm')).prepare(task.graph);
  const forward = await model.stepper([{ shape: [...task.shape], dtype: 'float32', data: task.numbers }]);
  const ours = await ownStep('wasm', task);
  const theirs = stepByHand('wasm', task);

  const firstLosses = [await ours(), await theirs()];
  const times = await timeInTurns([forward.step, ours, theirs], Number(flags.rounds), WARM_UP_ROUNDS);
  const toForward = times[1]!.map((time, i) => time / times[0]![i]!);
  const cells = [
    basename(file), batch, quantile(times[0]!, 0.5, 1), quantile(times[1]!, 0.5, 1), quantile(toForward, 0.5, 2), quantile(times[2]!, 0.5, 1),
    ratioText(times[1]!, times[2]!), firstLosses.map((loss) => loss.toFixed(5)).join(' / '),
  ];
  return `| ${cells.join(' | ')} |`;
}
