/**
 * Every error a person can meet. The kind travels in `name`, the whole story in `message` (what, which, what was
 * allowed, what to do), because these two are all that survives a worker boundary.
 */
export type ErrorKind =
  | 'FormatError' // the file is broken, incomplete, or of no format that Whittle reads
  | 'UnsupportedError' // the file is fine, but holds something that Whittle cannot do
  | 'OptionError' // an option, rule, recipe or flag has a wrong value
  | 'GraphError' // an invariant of the graph is broken: a bug in a reader or a pass
  | 'PassError' // a pass could not do its work
  | 'DataError' // the data set is broken, or does not fit the model
  | 'BackendError' // a backend is missing, was lost, or gave an invalid result
  | 'ExportError' // a format cannot hold this graph
  | 'UntrainedError' // the recipe trains, and nobody has asked for that yet
  | 'CancelledError'; // the person stopped it

export class WhittleError extends Error {
  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = kind;
  }
}

/** True for an error of the given kind, also after it crossed a worker boundary as a plain Error. */
export function isErrorOf(error: unknown, kind: ErrorKind): boolean {
  return error instanceof Error && error.name === kind;
}

/** The words of any thrown thing. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Throws a CancelledError when the signal is set. Called between the steps of all long work. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new WhittleError('CancelledError', 'Cancelled.');
}

/** Ends a `switch` over a closed set; reaching it is a bug. */
export function unreachable(value: never, what: string): never {
  throw new WhittleError('GraphError', `Unknown ${what}: ${JSON.stringify(value)}.`);
}
