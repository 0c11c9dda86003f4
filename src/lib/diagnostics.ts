/** What a reader, a pass or a writer has to say about its work, besides the result. Plain data. */
export interface Diagnostic {
  readonly level: 'info' | 'warning';
  /** What happened and why, and what to do, in a sentence. */
  readonly message: string;
  /** Name of the node or tensor that it is about. */
  readonly subject?: string;
}

export function info(message: string, subject?: string): Diagnostic {
  return subject === undefined ? { level: 'info', message } : { level: 'info', message, subject };
}

export function warning(message: string, subject?: string): Diagnostic {
  return subject === undefined ? { level: 'warning', message } : { level: 'warning', message, subject };
}
