/** One rung of an adaptive module: the open model after a recipe, written for TensorFlow.js and for LiteRT, proven, measured and timed. */
import { probeInputs } from '../adapt/module/trial';
import type { ManifestRung, Port } from '../adapt/module/manifest';
import type { ServiceTime } from '../adapt/types';
import type { WrittenFile } from '../formats/format';
import type { Graph } from '../ir/graph';
import type { ReportProgress } from '../lib/progress';
import type { Interval } from '../measure/types';
import type { Recipe } from '../passes/pass';
import type { Batch } from '../runtime/backend';
import { portOf } from './adaptive-port';
import type { Engine } from './create-engine';
import { runnableFile } from './runnable-file';

export type AdaptiveRuntime = 'tfjs' | 'litert';

export interface RungWish {
  readonly name: string;
  readonly recipe: Recipe;
  readonly runtimes: readonly AdaptiveRuntime[];
  /** Examples for accuracy; 0: no labelled data are open. */
  readonly limit: number;
}

export interface AdaptiveRung {
  readonly input: Port;
  readonly output: Port;
  /** Paths in `files` are without the rung's folder. */
  readonly entry: ManifestRung;
  readonly accuracy: Interval | null;
  readonly files: readonly WrittenFile[];
  /** Largest difference that proving the TensorFlow.js files found; null: not written for it. */
  readonly largestDifference: number | null;
}

/** Inputs that every backend must answer rightly. Two, so that a batch dimension that is ignored shows. */
export const PROBE = { seed: 20_260_601, count: 2 };
/** Examples that files are proven on. */
const PROOF_SAMPLES = 32;
/** Batch sizes that are timed, and runs of each. */
const TIMED_BATCHES = [1, 8] as const;
const TIMED_RUNS = 3;
/** Runs shorter than this count as this long: the clock of some machines shows nothing less. */
const LEAST_MS = 0.02;

export async function adaptiveRung(engine: Engine, wish: RungWish, report: ReportProgress): Promise<AdaptiveRung> {
  const { name, recipe, runtimes, limit } = wish;
  const { cost } = await engine.apply(recipe, report);
  const { candidate: graph } = await engine.graphsOf(recipe, report);
  const [input, output] = [portOf(graph, 'inputs', name), portOf(graph, 'outputs', name)];
  const tfjs = runtimes.includes('tfjs') ? await writeTfjs(engine, recipe, report) : null;
  const litert = runtimes.includes('litert') ? await writeLiteRt(graph, input) : null;
  const files = [...(tfjs?.files ?? []), ...(litert ? [litert] : [])];
  const accuracy = limit > 0 ? (await engine.evaluate(recipe, 'wasm', limit, report)).accuracy : null;
  const expected: number[][] = [];
  for (const values of probeInputs({ probe: PROBE, input })) {
    const [answer] = await engine.run(recipe, 'wasm', [batchOf(values, input, 1)]);
    expected.push(Array.from(answer!.data));
  }
  const entry: ManifestRung = {
    name,
    accuracy: accuracy?.value ?? null,
    nbytes: files.reduce((sum, file) => sum + file.bytes.length, 0),
    macs: cost.macs,
    service: await timeOnWasm(engine, recipe, input),
    tfjs: tfjs ? { model: 'model.json', weights: tfjs.files.map((file) => file.name).filter((file) => file !== 'model.json'), ...tfjs.ports } : null,
    litert: litert?.name ?? null,
    expected,
  };
  return { input, output, entry, accuracy, files, largestDifference: tfjs?.largestDifference ?? null };
}

async function writeTfjs(engine: Engine, recipe: Recipe, report: ReportProgress): Promise<{ files: readonly WrittenFile[]; ports: { input: string; output: string }; largestDifference: number }> {
  const written = await engine.writeModel(recipe, 'tfjs-graph', {}, report);
  const { largestDifference } = await engine.verifyModel(written, recipe, report, { samples: PROOF_SAMPLES, isTimed: false });
  const model = JSON.parse(new TextDecoder().decode(written.files.find((file) => file.name === 'model.json')!.bytes)) as { signature: Record<'inputs' | 'outputs', Record<string, { name: string }>> };
  const tensorOf = (side: 'inputs' | 'outputs'): string => Object.values(model.signature[side])[0]!.name.replace(/:0$/, '');
  return { files: written.files, ports: { input: tensorOf('inputs'), output: tensorOf('outputs') }, largestDifference };
}

/** LiteRT in JavaScript takes no open batch and no int8 borders: one example, real numbers. */
async function writeLiteRt(graph: Graph, input: Port): Promise<WrittenFile> {
  const { bytes } = await runnableFile(graph, { backend: 'litert-webgpu', batch: 1, shapes: [[1, ...input.shape]] }, null);
  return { name: 'model.tflite', bytes };
}

async function timeOnWasm(engine: Engine, recipe: Recipe, input: Port): Promise<ServiceTime> {
  const [values] = probeInputs({ probe: PROBE, input });
  const times: number[] = [];
  for (const size of TIMED_BATCHES) {
    const batch = batchOf(Float32Array.from({ length: size * values!.length }, (_, i) => values![i % values!.length]!), input, size);
    await engine.run(recipe, 'wasm', [batch]);
    let fastest = Infinity;
    for (let run = 0; run < TIMED_RUNS; run++) {
      const start = performance.now();
      await engine.run(recipe, 'wasm', [batch]);
      fastest = Math.min(fastest, performance.now() - start);
    }
    times.push(Math.max(LEAST_MS, fastest));
  }
  const [one, many] = times;
  const slope = (many! - one!) / (TIMED_BATCHES[1] - TIMED_BATCHES[0]);
  // Noise must leave both parts above nothing.
  const perExampleMs = Math.min(0.99 * one!, Math.max(0.01 * one!, slope));
  return { overheadMs: one! - perExampleMs, perExampleMs };
}

function batchOf(values: Float32Array, { shape, dtype }: Port, size: number): Batch {
  return { shape: [size, ...shape], dtype, data: dtype === 'int32' ? Int32Array.from(values) : values };
}
