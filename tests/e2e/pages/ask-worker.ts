/** The window of a test page: passes questions to its worker, where the engine runs in the product too, one after another. */
export function exposeWorker<Question, Answer>(worker: Worker): void {
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (question: Question): Promise<Answer> => {
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
}
