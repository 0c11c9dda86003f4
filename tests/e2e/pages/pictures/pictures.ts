/** The window's side of the pictures' test page: passes pictures to a worker, as the workbench does. */
import type { PictureAnswer } from './pictures.worker';

export type Decode = (name: string, bytes: readonly number[]) => Promise<PictureAnswer>;

const decode: Decode = (name, bytes) =>
  new Promise((resolve) => {
    const worker = new Worker(new URL('./pictures.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = (event: MessageEvent<PictureAnswer>) => {
      worker.terminate();
      resolve(event.data);
    };
    const picture = Uint8Array.from(bytes);
    worker.postMessage({ name, bytes: picture }, [picture.buffer]);
  });

Object.assign(window, { decode });
