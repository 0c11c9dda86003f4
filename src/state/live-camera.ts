/** A camera as a stream of pictures in the size that the model takes: the middle square, as fast as they are taken. */
import { askForMedia, whenSwitchedOff } from './media-devices';

export interface Camera {
  readonly stream: MediaStream;
  close(): void;
}

/** Pictures a second at most: a camera gives no more. */
const PACE_MS = 33;
const WANTED_WIDTH = 640;

/** Resolves once a picture was shown. Throws a DataError that says what to do when there is none to be had. */
export async function openCamera([height, width]: readonly [number, number], show: (picture: ImageBitmap) => Promise<void>, onEnd: (error: unknown) => void): Promise<Camera> {
  const stream = await askForMedia('camera', { video: { width: { ideal: WANTED_WIDTH } }, audio: false });
  const video = document.createElement('video');
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const next = async (): Promise<void> => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    await show(await createImageBitmap(video, left, top, side, side, { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' }));
  };
  const schedule = (): void => {
    setTimeout(() => {
      if (isOpen) void next().then(schedule, (error: unknown) => isOpen && onEnd(error));
    }, PACE_MS);
  };
  try {
    await video.play();
    await next();
  } catch (error) {
    close();
    throw error;
  }
  whenSwitchedOff('camera', stream, onEnd);
  schedule();
  return { stream, close };
}
