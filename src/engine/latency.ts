/** Latency of two models on one backend, as a job of plain data that another worker can do. */
import { randomExamples } from '../datasets/examples';
import type { Graph } from '../ir/graph';
import type { ReportProgress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import { compareLatency } from '../measure/latency';
import type { LatencyReport } from '../measure/types';
import type { Batch, BackendId } from '../runtime/backend';
import { clockStepMs } from '../runtime/clock';
import { isLiteRt } from '../runtime/detect';
import { backendOf, fileBackendOf } from './backends';
import { DATA_SEED } from './data';
import { fixedBatchOf } from './fixed-batch';
import type { EnginePlatform } from './platform';
import { prepare, type Feed } from './prepared-models';
import type { EngineState } from './session';

/** Everything that a latency measurement needs, as plain data. */
export interface LatencyJob {
  readonly original: Graph;
  readonly candidate: Graph;
  /** The .tflite files that hold those graphs as they are; null: LiteRT gets a file that is written for it. */
  readonly originalFile: SourceFile | null;
  readonly candidateFile: SourceFile | null;
  /** One example's inputs; null: random ones are made. */
  readonly example: readonly Batch[] | null;
}

export async function runLatencyJob(
  job: LatencyJob,
  id: BackendId,
  batch: number,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
): Promise<LatencyReport> {
  const { info } = isLiteRt(id) ? await fileBackendOf(state, id) : await backendOf(state, id);
  const one = job.example ?? (await randomExamples(job.original, 1, DATA_SEED).inputs(0, 1));
  const size = fixedBatchOf(job.original) ?? fixedBatchOf(job.candidate) ?? batch;
  const inputs = one.map((input) => repeated(input, size));
  const feed: Feed = { batch: size, shapes: inputs.map((input) => input.shape) };
  const original = await prepare(state, id, { graph: job.original, file: job.originalFile }, feed);
  try {
    const candidate = await prepare(state, id, { graph: job.candidate, file: job.candidateFile }, feed);
    try {
      const stepMs = clockStepMs();
      const { signal, isPaused } = platform;
      const setting = { clockStepMs: stepMs, report, ...(signal ? { signal } : {}), ...(isPaused ? { isPaused } : {}) };
      const comparison = await compareLatency(original.model, candidate.model, inputs, setting);
      return { backend: id, adapter: info.adapter, batch: size, clockStepMs: stepMs, ...comparison };
    } finally {
      candidate.model.dispose();
    }
  } finally {
    original.model.dispose();
  }
}

/** One example's input, `count` times over. */
function repeated(input: Batch, count: number): Batch {
  if (count === 1) return input;
  const Data = input.data.constructor as new (length: number) => typeof input.data;
  const data = new Data(input.data.length * count);
  for (let i = 0; i < count; i++) data.set(input.data, i * input.data.length);
  return { ...input, shape: [input.shape[0]! * count, ...input.shape.slice(1)], data };
}
