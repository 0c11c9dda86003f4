/** What a reader, a pass or a writer has to say about its work, besides the result. Plain data. */
export interface Diagnostic {
  readonly level: 'info' | 'warning';
  /** What happened and why, and what to do, in a sentence. */
  readonly message: string;
  /** Name of the node or tensor that it is about. */
  readonly subject?: string;
  /** All numbers of which the sentence names some. */
  readonly table?: DiagnosticTable;
}

/** `calibration`: signal to quantization noise in dB that each method's range is predicted to give, an activation a row. */
export interface DiagnosticTable {
  readonly kind: 'calibration';
  readonly columns: readonly string[];
  readonly rows: readonly DiagnosticRow[];
}

export interface DiagnosticRow {
  readonly name: string;
  /** A number a column; null: no noise at all. */
  readonly values: readonly (number | null)[];
  /** What was taken: the name of a column, or another, and the number that it gives. */
  readonly chosen: string;
  readonly chosenValue: number | null;
}

export function info(message: string, subject?: string): Diagnostic {
  return subject === undefined ? { level: 'info', message } : { level: 'info', message, subject };
}

export function warning(message: string, subject?: string): Diagnostic {
  return subject === undefined ? { level: 'warning', message } : { level: 'warning', message, subject };
}
