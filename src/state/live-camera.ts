/** A camera as a stream of pictures in the size that the model takes: the middle square, as fast as they are taken. */
import { WhittleError } from '../lib/errors';

export interface Camera {
  readonly stream: MediaStream;
  close(): void;
}

/** Pictures a second at most: a camera gives no more. */
const PACE_MS = 33;
const WANTED_WIDTH = 640;

/** Resolves once a picture was shown. Throws a DataError that says what to do when there is none to be had. */
export async function openCamera([height, width]: readonly [number, number], show: (picture: ImageBitmap) => Promise<void>, onEnd: (error: unknown) => void): Promise<Camera> {
  const stream = await askForCamera();
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
  stream.getVideoTracks()[0]?.addEventListener('ended', () => onEnd(new WhittleError('DataError', 'The camera was switched off. Start the run again, or stream the examples.')));
  schedule();
  return { stream, close };
}

async function askForCamera(): Promise<MediaStream> {
  // Absent where the page is not served securely.
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (!devices) throw new WhittleError('DataError', 'This page may use no camera: browsers give one to pages from https or localhost alone. Stream the examples instead.');
  try {
    return await devices.getUserMedia({ video: { width: { ideal: WANTED_WIDTH } }, audio: false });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NotAllowedError') throw new WhittleError('DataError', 'The camera was refused. Allow it for this page in the browser, or stream the examples.', { cause: error });
    if (name === 'NotFoundError' || name === 'OverconstrainedError') throw new WhittleError('DataError', 'This device has no camera. Stream the examples instead.', { cause: error });
    throw new WhittleError('DataError', `The camera cannot be opened (${name || 'no reason given'}). Another program may be using it; close that, or stream the examples.`, { cause: error });
  }
}
