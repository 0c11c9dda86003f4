/** A camera's or a microphone's stream, or a sentence that says what to do. */
import { WhittleError } from '../lib/errors';

/** Throws a DataError when there is none to be had. `what`: as sentences name it. */
export async function askForMedia(what: 'camera' | 'microphone', wish: MediaStreamConstraints): Promise<MediaStream> {
  // Absent where the page is not served securely.
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (!devices) throw new WhittleError('DataError', `This page may use no ${what}: browsers give one to pages from https or localhost alone. Stream the examples instead.`);
  try {
    return await devices.getUserMedia(wish);
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NotAllowedError') throw new WhittleError('DataError', `The ${what} was refused. Allow it for this page in the browser, or stream the examples.`, { cause: error });
    if (name === 'NotFoundError' || name === 'OverconstrainedError') throw new WhittleError('DataError', `This device has no ${what}. Stream the examples instead.`, { cause: error });
    throw new WhittleError('DataError', `The ${what} cannot be opened (${name || 'no reason given'}). Another program may be using it; close that, or stream the examples.`, { cause: error });
  }
}

/** Calls back when the person or the system switches the device off. */
export function whenSwitchedOff(what: 'camera' | 'microphone', stream: MediaStream, onEnd: (error: unknown) => void): void {
  stream.getTracks()[0]?.addEventListener('ended', () => onEnd(new WhittleError('DataError', `The ${what} was switched off. Start the run again, or stream the examples.`)));
}
