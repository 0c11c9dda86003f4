/** The window of the corpus test page: passes questions to the worker, where the engine runs in the product too. */
import type { CorpusAnswer, CorpusQuestion } from './corpus.worker';

const worker = new Worker(new URL('./corpus.worker.ts', import.meta.url), { type: 'module' });

/** Called by the browser test, one question at a time. */
export type AskCorpus = (question: CorpusQuestion) => Promise<CorpusAnswer>;

const ask: AskCorpus = (question) =>
  new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<CorpusAnswer>) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
    worker.postMessage(question);
  });

Object.assign(window, { ask });
