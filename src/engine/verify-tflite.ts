/**
 * Proves a .tflite: the reader opens the very bytes again and they compute what the candidate does, and LiteRT runs them on as
 * many examples as time allows. Its answers stand beside those of Whittle's emulation, by which accuracy was measured.
 */
import { openModel } from '../formats/open';
import type { Graph } from '../ir/graph';
import { isErrorOf, messageOf, throwIfCancelled, WhittleError } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { fileOf } from '../lib/source-file';
import { argmaxRows, type Examples } from '../measure/accuracy';
import { measureCost } from '../measure/cost';
import type { Batch, FileBackend, PreparedModel } from '../runtime/backend';
import { backendOf, fileBackendOf } from './backends';
import type { WrittenModel } from './export-model';
import { fillingBatches, fixedBatchOf } from './fixed-batch';
import { largestDifference } from './largest-difference';
import type { EnginePlatform } from './platform';
import { preparedModel } from './prepared-models';
import { tfliteBytesOf } from './tflite-bytes';
import { runnableFile, takesBorders, type RunnableFile } from './runnable-file';
import type { EngineState } from './session';
import type { ExportVerification, LiteRtVerification } from './types';

/** Exact float32, everywhere, and fast. */
const EMULATION = 'wasm';
const RUNTIME = 'litert-wasm';
/** Examples that the re-opened file is run on: it is the same graph, or it is not. */
const REOPENED_SAMPLES = 16;
/** Examples at a time, between which progress is told and time is looked at. */
const LARGEST_STEP = 25;
/** Their activations are the largest part of the memory, and their arithmetic takes a second at most. */
const STEP_BYTES = 64e6;
const STEP_MACS = 4e9;
/** A slow model is compared for so long and no longer, unless a number of examples was asked for. */
const TIME_LIMIT_MS = 5000;

export async function verifyTflite(
  written: WrittenModel,
  examples: Examples,
  isTimed: boolean,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
): Promise<ExportVerification> {
  report({ stage: 'verify', fraction: null });
  const bytes = tfliteBytesOf(written);
  const { candidate } = written;
  const step = examplesAtOnce(candidate.graph);
  const first = await examples.inputs(0, Math.min(REOPENED_SAMPLES, step, examples.count));
  const samples = first[0]?.shape[0] ?? 1;
  const shapes = first.map((input) => input.shape);
  const emulated = await preparedModel(state, EMULATION, candidate, { batch: step, shapes }, platform.signal);
  const expected = await emulated.run(first);
  const actual = await runReopened(bytes, first, state, report);
  const [one, other] = [argmaxRows(expected[0]!, samples), argmaxRows(actual[0]!, samples)];
  const litert = await runtimeOf(state);
  return {
    backend: EMULATION,
    samples,
    largestDifference: largestDifference(expected, actual, 'The re-opened file'),
    agreement: one && other ? one.filter((found, i) => found === other[i]).length / samples : null,
    referenceDifference: null,
    litert:
      'reason' in litert
        ? null
        : await compareWithLiteRt(litert.backend, await runnableOf(written, bytes, shapes), emulated, examples, { step, isTimed }, platform, report),
    litertReason: 'reason' in litert ? litert.reason : '',
  };
}

async function runReopened(bytes: Uint8Array<ArrayBuffer>, inputs: readonly Batch[], state: EngineState, report: ReportProgress): Promise<Batch[]> {
  const reopened = await openModel([fileOf('model.tflite', bytes)], report);
  const model = await (await backendOf(state, EMULATION)).prepare(reopened.graph);
  try {
    return await fillingBatches(model, fixedBatchOf(reopened.graph)).run(inputs);
  } finally {
    model.dispose();
  }
}

function examplesAtOnce(graph: Graph): number {
  const { peakActivationBytes, macs } = measureCost(graph);
  const most = Math.floor(Math.min(LARGEST_STEP, STEP_BYTES / Math.max(1, peakActivationBytes), STEP_MACS / Math.max(1, macs)));
  const fixed = fixedBatchOf(graph) ?? 1;
  return fixed * Math.max(1, Math.floor(most / fixed));
}

/** A browser too old for LiteRT is no fault of the file. */
async function runtimeOf(state: EngineState): Promise<{ readonly backend: FileBackend } | { readonly reason: string }> {
  try {
    return { backend: await fileBackendOf(state, RUNTIME) };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

/** The very bytes where LiteRT in JavaScript takes them; else a twin that says how it differs. */
async function runnableOf(written: WrittenModel, bytes: Uint8Array<ArrayBuffer>, shapes: readonly (readonly number[])[]): Promise<RunnableFile> {
  const { graph } = written.candidate;
  const fixed = fixedBatchOf(graph);
  const batch = fixed ?? Number(written.options.batch);
  const isStatic = batch > 0 && graph.inputs.every((id) => graph.values[id]!.shape?.slice(1).every((size) => size >= 0));
  const hasStates = (graph.source.states ?? []).length > 0;
  if (isStatic && !hasStates && takesBorders(graph, RUNTIME)) return { bytes, graph, batch, differs: '' };
  const twin = await runnableFile(graph, { backend: RUNTIME, batch: Math.max(1, batch), shapes }, null);
  return isStatic ? twin : { ...twin, differs: [twin.differs, 'with the sizes that the file leaves open'].filter(Boolean).join(', ') };
}

async function compareWithLiteRt(
  backend: FileBackend,
  file: RunnableFile,
  emulated: PreparedModel,
  examples: Examples,
  { step, isTimed }: { readonly step: number; readonly isTimed: boolean },
  { signal }: EnginePlatform,
  report: ReportProgress,
): Promise<LiteRtVerification> {
  const model = await backend.prepare(file.bytes, file.graph).catch(refused);
  try {
    const litert = fillingBatches(model, file.batch, signal);
    const begin = performance.now();
    let agreeing: number | null = 0;
    let largest = 0;
    let samples = 0;
    const isOver = (): boolean => samples === examples.count || (isTimed && samples > 0 && performance.now() - begin > TIME_LIMIT_MS);
    while (!isOver()) {
      throwIfCancelled(signal);
      const end = Math.min(samples + step, examples.count);
      const inputs = await examples.inputs(samples, end);
      const expected = await emulated.run(inputs);
      const actual = await litert.run(inputs).catch(refused);
      largest = Math.max(largest, largestDifference(expected, actual, 'LiteRT'));
      const [one, other] = [argmaxRows(expected[0]!, end - samples), argmaxRows(actual[0]!, end - samples)];
      agreeing = one && other && agreeing !== null ? agreeing + one.filter((found, i) => found === other[i]).length : null;
      samples = end;
      report({ stage: 'verify', fraction: end / examples.count, detail: `${end} / ${examples.count}` });
    }
    return { samples, agreement: agreeing === null ? null : agreeing / samples, largestDifference: largest, twin: file.differs !== '', twinReason: file.differs };
  } finally {
    model.dispose();
  }
}

function refused(error: unknown): never {
  if (isErrorOf(error, 'CancelledError')) throw error;
  throw new WhittleError('ExportError', `LiteRT does not run the exported file: ${messageOf(error)} The export is not offered.`, { cause: error });
}
