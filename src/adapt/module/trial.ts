/**
 * Which backend: each that is there answers the probe's inputs and is timed. Wrong answers end its trial; the fastest of the others is
 * taken. Timing is short, because it is corrected while serving.
 */
import { createRandom } from '../../lib/random';
import type { ServiceTime } from '../types';
import type { Engine } from './engine';
import { sizeOfPort, type Manifest } from './manifest';

/** Share of the answers' range that they may differ by: int8 rounds at other places, and GPUs may compute in half precision. */
const TOLERANCE = 0.05;
/** Runs of each batch size that are timed; the fastest counts, as what disturbs only slows down. */
const TIMED_RUNS = 3;
/** What a run takes at least, where the clock shows nothing. */
const LEAST_MS = 0.01;

/** Throws an Error that says by how much when an answer is wrong. */
export async function checkAnswers(engine: Engine, manifest: Manifest, rung: number): Promise<void> {
  const expected = manifest.rungs[rung]!.expected;
  const inputs = probeInputs(manifest);
  for (const [i, wanted] of expected.entries()) {
    const answer = await engine.run(rung, inputs[i]!, 1);
    const range = Math.max(...wanted) - Math.min(...wanted) || Math.max(...wanted.map(Math.abs)) || 1;
    const off = Math.max(...wanted.map((value, k) => Math.abs(value - answer[k]!)));
    // A comparison with NaN is false.
    if (!(off <= TOLERANCE * range)) throw new Error(`${manifest.rungs[rung]!.name} answers wrongly there: off by ${off.toPrecision(2)} in a range of ${range.toPrecision(2)}.`);
  }
}

/** Overhead and time per example of a rung, from its smallest and its largest batch; every size is run, as GPUs compile for each. */
export async function timeRung(engine: Engine, rung: number, example: Float32Array): Promise<ServiceTime> {
  const times: number[] = [];
  for (const size of engine.batchSizes) {
    const batch = new Float32Array(size * example.length);
    for (let i = 0; i < size; i++) batch.set(example, i * example.length);
    await engine.run(rung, batch, size);
    if (size !== engine.batchSizes[0] && size !== engine.batchSizes.at(-1)) continue;
    let fastest = Infinity;
    for (let run = 0; run < TIMED_RUNS; run++) {
      const start = performance.now();
      await engine.run(rung, batch, size);
      fastest = Math.min(fastest, performance.now() - start);
    }
    times.push(Math.max(LEAST_MS, fastest));
  }
  const [one, most] = [times[0]!, times.at(-1)!];
  const largest = engine.batchSizes.at(-1)!;
  // One size tells nothing of the overhead: a tenth is as good as any, since the batch does not change.
  const perExampleMs = largest === 1 ? 0.9 * one : bounded((most - one) / (largest - 1), one);
  return { overheadMs: one - perExampleMs, perExampleMs };
}

/** Each part at least a hundredth of a run: noise must not make one of them nothing. */
function bounded(perExampleMs: number, oneMs: number): number {
  return Math.min(0.99 * oneMs, Math.max(0.01 * oneMs, perExampleMs));
}

/** Uniform in 0…1; whole numbers 0 and 1 for models that take integers. The exporter makes the same. */
export function probeInputs({ probe, input }: Pick<Manifest, 'probe' | 'input'>): Float32Array[] {
  const random = createRandom(probe.seed);
  const draw = input.dtype === 'int32' ? () => random.integer(2) : () => random.uniform();
  return Array.from({ length: probe.count }, () => Float32Array.from({ length: sizeOfPort(input) }, draw));
}
