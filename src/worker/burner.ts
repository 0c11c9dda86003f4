/**
 * Other work, made up: keeps a set share of a processor core busy, so that a live run can be watched under it. Plain messages, the
 * share as a number from 0 to 1; loads nothing.
 */

/** Short beside a control period, long beside a timer's four milliseconds. */
const CYCLE_MS = 40;

let share = 0;
let isBurning = false;

self.onmessage = ({ data }: MessageEvent<number>): void => {
  share = data;
  if (!isBurning && share > 0) burn();
};

function burn(): void {
  isBurning = share > 0;
  if (!isBurning) return;
  const start = performance.now();
  // Nothing else may run here: that is the point.
  while (performance.now() - start < share * CYCLE_MS);
  setTimeout(burn, (1 - share) * CYCLE_MS);
}
