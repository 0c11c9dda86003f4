/** Live runs of the stand-in: the true queue and controller over models that only wait, so that the page has something to show. */
import { startLiveRun, type LiveRun, type LiveRung } from '../../../src/adapt/live-run';
import type { LiveLadder } from '../../../src/engine/live';
import type { LiveClient } from '../../../src/state/live-client';

const OVERHEAD_MS = 4;
const PER_EXAMPLE_MS = 6;
const CLASSES = 10;
const BATCH_SIZES = [1, 2, 4, 8];
const PERIOD_MS = 100;

export function mockLive(): LiveClient {
  let ladder: LiveLadder | null = null;
  let run: LiveRun | null = null;
  let burnt = 0;
  const rungs = (): LiveRung[] =>
    ladder!.rungs.map(({ name, accuracy, joules, service }) => ({
      name,
      accuracy,
      joules,
      async run(_inputs, batch) {
        await new Promise((resolve) => setTimeout(resolve, (service.overheadMs + batch * service.perExampleMs) / (1 - burnt)));
        return new Float32Array(batch * CLASSES).map((_, i) => (i % CLASSES === 0 ? 1 : 0));
      },
    }));
  return {
    async openLive({ backend, rungs: wanted }, report) {
      report({ stage: 'Preparing the ladder', fraction: 0.5, detail: '' });
      const made = wanted.map(({ name, accuracy }, i) => ({ name, accuracy: accuracy ?? 0.92 - 0.01 * i, joules: 1e-5 / (1 + i), service: { overheadMs: OVERHEAD_MS, perExampleMs: PER_EXAMPLE_MS / (1 + i) } }));
      ladder = { backend, rungs: made, leftOut: [], capacityPerSecond: 1000 / (OVERHEAD_MS + PER_EXAMPLE_MS), batchSizes: BATCH_SIZES, hasLabels: true, takesPictures: true };
      return ladder;
    },
    async startLive(start, give) {
      const examples = Array.from({ length: CLASSES }, () => new Float32Array(4));
      const labels = examples.map((_, i) => (i < CLASSES - 1 ? 0 : 1));
      run = await startLiveRun({ ...start, backend: ladder!.backend, rungs: rungs(), services: ladder!.rungs.map(({ service }) => service), examples, labels, inputShape: [4], outputShape: [CLASSES], latencyBudgetMs: 250, periodMs: PERIOD_MS, batchSizes: BATCH_SIZES }, give);
    },
    async steerLive({ ratePerSecond, isControlled }) {
      if (ratePerSecond !== undefined) run?.setRate(ratePerSecond);
      if (isControlled !== undefined) run?.setControlled(isControlled);
    },
    showLive: async (picture) => picture.close(),
    hearLive: async () => {},
    async stopLive() {
      const ending = run!;
      run = null;
      return ending.stop();
    },
    async setDisturbance(share) {
      burnt = share;
    },
    async closeLive() {
      void run?.stop();
      run = null;
      burnt = 0;
    },
  };
}
