/** The window's side of live runs: a worker that serves, for as long as its ladder is wanted, and the workers that disturb it. */
import { proxy, transfer, type Remote } from 'comlink';
import { WhittleError } from '../lib/errors';
import type { LiveClient } from '../state/live-client';
import { createDisturbance } from './disturbance';
import type { WorkerApi } from './worker';

export interface LiveLaneHandle {
  readonly remote: Remote<WorkerApi>;
  /** Rejects when the worker ends, with the reason. */
  readonly ended: Promise<never>;
  end(error: Error): void;
}

/** `call`: on the worker that holds the model. */
type CallModel = <T>(work: (remote: Remote<WorkerApi>) => Promise<T>) => Promise<T>;

export function createLiveClient(startLane: () => LiveLaneHandle, call: CallModel): LiveClient & { end(error: Error): void } {
  let lane: LiveLaneHandle | undefined;
  const disturbance = createDisturbance();
  const end = (error: Error): void => {
    disturbance.set(0);
    lane?.end(error);
    lane = undefined;
  };
  const ask = <T>(work: (remote: Remote<WorkerApi>) => Promise<T>): Promise<T> => {
    if (!lane) return Promise.reject(new WhittleError('CancelledError', 'The live run was ended.'));
    return Promise.race([work(lane.remote), lane.ended]);
  };
  return {
    end,
    async openLive(wish, report) {
      end(new WhittleError('CancelledError', 'Another live run was started.'));
      const serving = (lane = startLane());
      const { port1, port2 } = new MessageChannel();
      const sent = call((remote) => remote.sendLiveJob(wish, proxy(report), transfer(port1, [port1])));
      const opened = serving.remote.openLiveFrom(transfer(port2, [port2]), proxy(report));
      // When sending fails nothing will ever arrive: let that error win.
      return Promise.race([sent.then(() => opened), serving.ended]);
    },
    startLive: (start, give) => ask((remote) => remote.startLive(start, proxy(give))),
    steerLive: (change) => ask((remote) => remote.steerLive(change)),
    showLive: (picture) => ask((remote) => remote.showLivePicture(transfer(picture, [picture]))),
    hearLive: (window) => ask((remote) => remote.hearLive(transfer(window, [window.buffer]))),
    stopLive: () => ask((remote) => remote.stopLive()),
    async setDisturbance(share) {
      disturbance.set(share);
    },
    async closeLive() {
      end(new WhittleError('CancelledError', 'The live run was closed.'));
    },
  };
}
