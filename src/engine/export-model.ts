/** Exports: the files of a recipe's result, the proof that they are right, and what they weigh. */
import type { FormatId, WriteResult } from '../formats/format';
import { loadFormat } from '../formats/index';
import type { WrittenFile } from '../formats/format';
import { hashOf } from '../lib/hash';
import type { ReportProgress } from '../lib/progress';
import { measureSize } from '../measure/size';
import type { SizeReport } from '../measure/types';
import { parseOptions, type OptionValue } from '../options/options';
import type { Recipe } from '../passes/pass';
import { candidateKey } from './apply-recipe';
import { examplesFor, preprocessingOf } from './data';
import type { EnginePlatform } from './platform';
import type { Candidate } from './prepared-models';
import { requireSession, type EngineState } from './session';
import { deviceReport } from './device-report';
import type { DeviceReport, ExportResult, ExportVerification } from './types';
import { verifyExport } from './verify-export';
import { tfliteBytesOf } from './tflite-bytes';
import { verifyTflite } from './verify-tflite';

/** Examples that a .tflite is compared on when nobody says how many; slow models stop earlier. */
const TFLITE_SAMPLES = 1000;
/** Examples that a float format is compared on. */
const SAMPLES = 64;

export interface ExportWish {
  readonly recipe: Recipe;
  readonly format: FormatId;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** Files with what they were written from. */
export interface WrittenModel extends WriteResult {
  readonly candidate: Candidate;
  readonly format: FormatId;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** How many examples a proof takes, and whether it may stop earlier when the model is slow. */
export interface VerifyWish {
  readonly samples: number;
  readonly isTimed: boolean;
}

export async function writeModel(candidate: Candidate, { recipe, format: id, options }: ExportWish, state: EngineState, report: ReportProgress): Promise<WrittenModel> {
  const format = await loadFormat(id);
  report({ stage: 'write', fraction: null });
  const values = parseOptions(format.meta.writeOptions, options, id);
  const written = await format.write(candidate.graph, values, withPreprocessing(state, recipe));
  return { ...written, candidate, format: id, options: values };
}

export async function verifyFiles(
  written: WrittenModel,
  recipe: Recipe,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
  wanted?: VerifyWish,
): Promise<ExportVerification> {
  const isTflite = written.format === 'tflite';
  const { samples, isTimed } = wanted ?? { samples: isTflite ? TFLITE_SAMPLES : SAMPLES, isTimed: true };
  const examples = examplesFor(state, recipe, samples);
  if (isTflite) return verifyTflite(written, examples, isTimed, state, platform, report);
  return verifyExport(written.files, written.format, written.candidate.graph, examples, state, report);
}

/** Compressing takes seconds, and the same files are asked for by the size, the export and the original beside every candidate. */
export async function sizeOf(
  { recipe, format, options }: ExportWish,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
  write: () => Promise<readonly WrittenFile[]>,
): Promise<SizeReport> {
  const { sizes } = requireSession(state);
  const { meta } = await loadFormat(format);
  const key = hashOf([await candidateKey(state, recipe), preprocessingOf(state, recipe), format, parseOptions(meta.writeOptions, options, format)]);
  const known = sizes.get(key);
  if (known) return known;
  report({ stage: 'size', fraction: null });
  const size = await measureSize(await write(), await platform.loadBrotli(), platform.signal);
  sizes.set(key, size);
  return size;
}

/** Writes, proves and weighs. */
export async function exportModel(
  candidate: Candidate,
  wish: ExportWish,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
  samples?: number,
): Promise<ExportResult> {
  const written = await writeModel(candidate, wish, state, report);
  const verification = await verifyFiles(written, wish.recipe, state, platform, report, samples === undefined ? undefined : { samples, isTimed: false });
  const size = await sizeOf(wish, state, platform, report, async () => written.files);
  return { files: written.files, diagnostics: written.diagnostics, size, verification, device: await deviceOf(written) };
}

/** null: no .tflite. */
export async function deviceOf(written: WrittenModel): Promise<DeviceReport | null> {
  return written.format === 'tflite' ? deviceReport(tfliteBytesOf(written)) : null;
}

/** The recipe as it is stored in an export: with the preprocessing in force. */
function withPreprocessing(state: EngineState, recipe: Recipe): Recipe {
  return { ...recipe, preprocessing: preprocessingOf(state, recipe) };
}
