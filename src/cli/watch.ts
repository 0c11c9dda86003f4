/** Time since a start, and the most memory that the process has held until then. */
export interface Watched {
  readonly elapsedMs: number;
  readonly peakMemoryBytes: number;
}

/** libuv gives kilobytes. */
const KILOBYTE = 1024;

export function startWatch(): () => Watched {
  const start = performance.now();
  return () => ({ elapsedMs: performance.now() - start, peakMemoryBytes: process.resourceUsage().maxRSS * KILOBYTE });
}
