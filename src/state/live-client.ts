/** What the page asks of live runs: a worker of their own serves them, and others disturb it. */
import type { LivePeriod, LiveTotal } from '../adapt/live-run';
import type { LiveLadder, LiveStart } from '../engine/live';
import type { LiveLadderWish } from '../engine/live-job';
import type { ReportProgress } from '../lib/progress';

export interface LiveClient {
  /** Makes a ladder ready in a new worker; one that was open is closed. */
  openLive(wish: LiveLadderWish, report: ReportProgress): Promise<LiveLadder>;
  /** Serves the open ladder; `give` gets every period. */
  startLive(start: LiveStart, give: (period: LivePeriod) => void): Promise<void>;
  steerLive(change: Partial<Pick<LiveStart, 'ratePerSecond' | 'isControlled'>>): Promise<void>;
  /** The camera's newest picture; it is handed over. */
  showLive(picture: ImageBitmap): Promise<void>;
  /** The microphone's newest window, one channel of −1…1; it is handed over. */
  hearLive(window: Float32Array): Promise<void>;
  /** Sends no more, waits a moment for answers, and counts. Throws what ended the run, if something did. */
  stopLive(): Promise<LiveTotal>;
  /** Keeps this share of every processor core busy; 0: none. */
  setDisturbance(share: number): Promise<void>;
  closeLive(): Promise<void>;
}
