/**
 * A microphone as a stream of windows of sound: the newest samples, as many as the model takes, −1…1, one channel. The browser resamples to the
 * rate that the model was trained with.
 */
import { WhittleError } from '../lib/errors';
import { askForMedia, whenSwitchedOff } from './media-devices';

export interface Microphone {
  close(): void;
}

/** Windows a second at most: sound models are seldom asked more often. */
const PACE_MS = 50;
/** The largest window that an AnalyserNode keeps (Web Audio API, fftSize). */
export const LONGEST_WINDOW = 32_768;
/** The shortest, in samples (fftSize again); a model that takes fewer gets the last of them. */
const SHORTEST_ANALYSIS = 32;

/** Resolves once a whole window was heard. Throws a DataError that says what to do when there is none to be had. */
export async function openMicrophone(samples: number, rateHz: number, hear: (window: Float32Array) => Promise<void>, onEnd: (error: unknown) => void): Promise<Microphone> {
  // What browsers do to make speech pleasant is not what models learned from.
  const stream = await askForMedia('microphone', { audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false }, video: false });
  let isOpen = true;
  let context: AudioContext | null = null;
  const close = (): void => {
    isOpen = false;
    for (const track of stream.getTracks()) track.stop();
    void context?.close();
  };
  try {
    const sound = (context = new AudioContext({ sampleRate: rateHz }));
    const analyser = sound.createAnalyser();
    analyser.fftSize = Math.max(SHORTEST_ANALYSIS, 2 ** Math.ceil(Math.log2(samples)));
    sourceOf(sound, stream).connect(analyser);
    await sound.resume();
    const next = async (): Promise<void> => {
      const heard = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(heard);
      await hear(heard.slice(-samples));
    };
    const schedule = (): void => {
      setTimeout(() => {
        if (isOpen) void next().then(schedule, (error: unknown) => isOpen && onEnd(error));
      }, PACE_MS);
    };
    await new Promise((resolve) => setTimeout(resolve, (1000 * samples) / rateHz));
    await next();
    schedule();
  } catch (error) {
    close();
    throw error;
  }
  whenSwitchedOff('microphone', stream, onEnd);
  return { close };
}

/** Firefox resamples no microphone to another rate than the device's. */
function sourceOf(context: AudioContext, stream: MediaStream): AudioNode {
  try {
    return context.createMediaStreamSource(stream);
  } catch (error) {
    throw new WhittleError('DataError', `This browser does not resample the microphone to ${context.sampleRate} Hz. Choose the rate of the device, or another browser.`, { cause: error });
  }
}
