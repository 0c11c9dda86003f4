/** The window's side of LiteRT's test page: passes questions to a module worker, where the engine runs in the product too. */
import type { LiteRtAnswer, LiteRtQuestion } from './litert.worker';

export type AskLiteRt = (question: LiteRtQuestion) => Promise<LiteRtAnswer>;

const worker = new Worker(new URL('./litert.worker.ts', import.meta.url), { type: 'module' });

/** One question at a time. */
const ask: AskLiteRt = (question) =>
  new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<LiteRtAnswer>) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
    worker.postMessage(question);
  });

Object.assign(window, { askLiteRt: ask });
