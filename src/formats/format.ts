/**
 * The contract of a file format. Detection is by magic bytes and content, never by extension alone. Not mine: 0; mine
 * but broken: a FormatError that says what is wrong, where, and what to do.
 */
import type { Diagnostic } from '../lib/diagnostics';
import type { ReportProgress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import type { Graph } from '../ir/graph';
import type { OptionsRecord, OptionValues } from '../options/options';
import type { Recipe } from '../passes/pass';

export type FormatId = 'keras' | 'keras-h5' | 'tfjs-layers' | 'tfjs-graph' | 'tflite';

export interface FormatMeta<R extends OptionsRecord = OptionsRecord> {
  readonly id: FormatId;
  readonly label: string;
  /** One sentence: what opens it, what it can hold. */
  readonly summary: string;
  /** For the file picker and for messages; not for detection. */
  readonly extensions: readonly string[];
  readonly writeOptions: R;
}

/** The first bytes of a file, and its name. */
export interface FileHead {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly nbytes: number;
}

/** Several files may belong to one model: `main` is the one that was detected, `files` all that were dropped. */
export interface ReadInput {
  readonly main: SourceFile;
  readonly files: readonly SourceFile[];
  readonly report: ReportProgress;
  readonly signal?: AbortSignal;
}

export interface ReadResult {
  readonly graph: Graph;
  readonly diagnostics: readonly Diagnostic[];
  /** The recipe that made this model, when the file holds one. */
  readonly recipe?: Recipe;
}

export interface WrittenFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface WriteResult {
  readonly files: readonly WrittenFile[];
  /** What the format could not hold, and what was stored instead. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface Format<R extends OptionsRecord = OptionsRecord> {
  readonly meta: FormatMeta<R>;
  read(input: ReadInput): Promise<ReadResult>;
  /** true, or why not: which node or tensor, and what to do. */
  canWrite(graph: Graph): true | string;
  write(graph: Graph, options: OptionValues<R>, recipe: Recipe | undefined): Promise<WriteResult>;
}
