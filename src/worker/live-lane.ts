/** The worker's side of live runs: the ladder comes through a port from the lane that holds the model, past the window. */
import type { LiveJob, LiveLadderWish } from '../engine/live-job';
import type { LiveLadder, LiveMethods } from '../engine/live';
import type { ReportProgress } from '../lib/progress';
import { frameOf } from './camera-frame';

export interface LiveLaneApi {
  /** The model's lane: sends the ladder through `port`. */
  sendLiveJob(wish: LiveLadderWish, report: ReportProgress, port: MessagePort): Promise<void>;
  /** The lane that serves: makes ready what arrives through `port`. */
  openLiveFrom(port: MessagePort, report: ReportProgress): Promise<LiveLadder>;
  showLivePicture(picture: ImageBitmap): Promise<void>;
}

export function liveLane(engine: LiveMethods): LiveLaneApi {
  return {
    async sendLiveJob(wish, report, port) {
      port.postMessage(await engine.liveJob(wish, report));
      port.close();
    },
    async openLiveFrom(port, report) {
      const job = await new Promise<LiveJob>((resolve) => {
        port.onmessage = (event: MessageEvent<LiveJob>) => resolve(event.data);
      });
      port.close();
      return engine.openLiveJob(job, report);
    },
    showLivePicture: (picture) => engine.showLive(frameOf(picture)),
  };
}
