/** Decodes a picture with the browser's decoder, in a worker. */
import { decodeImage } from '../../../../src/datasets/image-decoder.browser';

export interface PictureAnswer {
  readonly shape?: readonly number[];
  readonly pixels?: readonly number[];
  readonly error?: string;
}

self.onmessage = async (event: MessageEvent<{ name: string; bytes: Uint8Array<ArrayBuffer> }>) => {
  const { name, bytes } = event.data;
  const answer: PictureAnswer = await decodeImage(bytes, name).then(
    ({ width, height, rgb }) => ({ shape: [height, width, 3], pixels: [...rgb] }),
    (error: unknown) => ({ error: String(error) }),
  );
  self.postMessage(answer, { transfer: [] });
};
