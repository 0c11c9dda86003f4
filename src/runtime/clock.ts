/** The clock's real step: browsers round it (5 µs when cross-origin isolated, 100 µs when not), and timings depend on it. */

/** Steps to look at; the smallest counts, so that a pause of the machine does no harm. */
const SAMPLES = 20;
/** A clock that stands still must not hang the page. */
const MAXIMUM_READS = 1_000_000;

/** In milliseconds. */
export function clockStepMs(now: () => number = () => performance.now()): number {
  let smallest = Infinity;
  let reads = 0;
  for (let sample = 0; sample < SAMPLES && reads < MAXIMUM_READS; sample++) {
    const start = now();
    let end = now();
    while (end === start && reads++ < MAXIMUM_READS) end = now();
    if (end > start) smallest = Math.min(smallest, end - start);
  }
  return smallest;
}
