/** Time between batches and periods. */

/** Lets messages, input and drawing in between two batches; a timer of 0 would wait four milliseconds. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** A wait that can be cut short. */
export interface Nap {
  readonly done: Promise<void>;
  wake(): void;
}

export function nap(ms: number): Nap {
  let wake: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { done, wake: () => wake() };
}
