/**
 * Proves an export before it is offered: the very bytes are opened again by the reader and run, and, for TensorFlow.js formats,
 * loaded and run by TensorFlow.js's own loader. The largest differences stand beside the download button.
 */
import { openModel } from '../formats/open';
import type { FormatId, WrittenFile } from '../formats/format';
import type { Graph } from '../ir/graph';
import type { ReportProgress } from '../lib/progress';
import { fileOf } from '../lib/source-file';
import { argmaxRows, type Examples } from '../measure/accuracy';
import type { Batch } from '../runtime/backend';
import { runWithTfjsLoader } from '../runtime/tfjs/reference-loader';
import { backendOf } from './backends';
import { fixedBatchOf } from './fixed-batch';
import { largestDifference } from './largest-difference';
import type { EngineState } from './session';
import type { ExportVerification } from './types';

/** WASM: exact float32, everywhere but in the oldest browsers, and fast. */
const VERIFY_BACKEND = 'wasm';
const SAMPLES = 16;

/** Throws an ExportError when the re-opened model takes or gives something else than the candidate. */
export async function verifyExport(
  files: readonly WrittenFile[],
  format: FormatId,
  candidate: Graph,
  examples: Examples,
  state: EngineState,
  report: ReportProgress,
): Promise<ExportVerification> {
  report({ stage: 'verify', fraction: null });
  const samples = fixedBatchOf(candidate) ?? Math.min(SAMPLES, examples.count);
  const inputs = await examples.inputs(0, samples);
  const backend = await backendOf(state, VERIFY_BACKEND);
  const reopened = await openModel(files.map((file) => fileOf(file.name, file.bytes)), report);
  const runOnce = async (graph: Graph): Promise<Batch[]> => {
    const model = await backend.prepare(graph);
    try {
      return await model.run(inputs);
    } finally {
      model.dispose();
    }
  };
  const expected = await runOnce(candidate);
  const actual = await runOnce(reopened.graph);
  const reference =
    format === 'tfjs-graph' || format === 'tfjs-layers'
      ? await runWithTfjsLoader(files, format, inputs, VERIFY_BACKEND)
      : null;
  const first = argmaxRows(expected[0]!, samples);
  const second = argmaxRows(actual[0]!, samples);
  return {
    backend: VERIFY_BACKEND,
    samples,
    largestDifference: largestDifference(expected, actual, 'The re-opened file'),
    agreement: first && second ? first.filter((found, i) => found === second[i]).length / samples : null,
    referenceDifference: reference && largestDifference(expected, reference, 'TensorFlow.js'),
    litert: null,
    litertReason: '',
  };
}
