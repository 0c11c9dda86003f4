/** The window of the gradients' test page: passes questions to the worker, where the engine runs in the product too. */
import type { Answer, Question } from './gradients.worker';

const worker = new Worker(new URL('./gradients.worker.ts', import.meta.url), { type: 'module' });

/** Called by the browser test. */
export type Ask = (question: Question) => Promise<Answer>;

let turn: Promise<unknown> = Promise.resolve();

const ask: Ask = (question) => {
  const answer = turn.then(
    () =>
      new Promise<Answer>((resolve, reject) => {
        worker.onmessage = (event: MessageEvent<Answer>) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
        worker.postMessage(question);
      }),
  );
  turn = answer.catch(() => undefined);
  return answer;
};

Object.assign(window, { ask });
