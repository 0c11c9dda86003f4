/** The window's side of the layout's worker: started when a graph is first drawn, ended when what it does is no longer wanted. */
import { wrap, type Remote } from 'comlink';
import { messageOf, WhittleError } from '../lib/errors';
import type { GraphLayout, LayoutRequest } from './graph-layout-types';
import type { GraphLayoutApi } from './graph-layout-worker';

interface Lane {
  readonly remote: Remote<GraphLayoutApi>;
  /** Rejects when it ends before its answer. */
  readonly ended: Promise<never>;
  end(error: Error): void;
}

let lane: Lane | undefined;
let isBusy = false;

/** One at a time: a newer request ends the one under way, which then fails with a CancelledError. */
export async function requestLayout(request: LayoutRequest): Promise<GraphLayout> {
  if (isBusy) endLayout();
  const mine = (lane ??= openLane());
  isBusy = true;
  try {
    return await Promise.race([mine.remote.layoutGraph(request), mine.ended]);
  } finally {
    if (lane === mine) isBusy = false;
  }
}

/** Gives its memory back. */
export function endLayout(): void {
  lane?.end(new WhittleError('CancelledError', 'Another drawing was asked for.'));
}

function openLane(): Lane {
  const worker = new Worker(new URL('./graph-layout-worker.ts', import.meta.url), { type: 'module' });
  let reject: (error: Error) => void = () => {};
  const ended = new Promise<never>((_resolve, fail) => {
    reject = fail;
  });
  // Nobody may be waiting when it ends.
  ended.catch(() => {});
  const opened: Lane = {
    remote: wrap<GraphLayoutApi>(worker),
    ended,
    end(error) {
      worker.terminate();
      if (lane === opened) {
        lane = undefined;
        isBusy = false;
      }
      reject(error);
    },
  };
  worker.addEventListener('error', (event) => {
    const why = event.message || messageOf(event.error ?? 'it could not be loaded');
    opened.end(new WhittleError('BackendError', `The graph could not be laid out: ${why}.`));
  });
  return opened;
}
