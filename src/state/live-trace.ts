/** A run as a file: every period of it and of the run without control, the ladder, and what was set, to be looked at elsewhere. */
import { downloadBlob } from './download';
import { useLive, type Trace } from './live-store';

export function saveTrace(nameOf: (key: string) => string): void {
  const { ladder, trace, beside, settings, observation } = useLive.getState();
  if (!ladder || !trace) return;
  const rungs = ladder.rungs.map((rung) => ({ ...rung, name: nameOf(rung.name) }));
  const runOf = ({ kind, first, recent, script, total, startedControlled }: Trace) => ({ kind, startedControlled, total, script, periods: withoutOverlap(first, recent) });
  const content = { format: 'whittle-live-trace', version: 1, settings, ladder: { ...ladder, rungs }, runs: [runOf(trace), ...(beside ? [runOf(beside)] : [])], observation };
  downloadBlob(new Blob([JSON.stringify(content, null, 1)], { type: 'application/json' }), 'live-trace.json');
}

/** The first ones and the last ones of a run, each once. */
function withoutOverlap<T extends { readonly elapsedMs: number }>(first: readonly T[], recent: readonly T[]): readonly T[] {
  const last = first.at(-1)?.elapsedMs ?? -1;
  return [...first, ...recent.filter(({ elapsedMs }) => elapsedMs > last)];
}
