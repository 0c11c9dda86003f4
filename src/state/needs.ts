/** What passes do when the data that they ask for are not there. */
import type { PassId } from '../passes/pass';

/** These fall back on what the model itself knows, and say so; the others refuse. */
const ESTIMATING: ReadonlySet<PassId> = new Set(['quantize-integer', 'equalize-layers', 'factorize']);

export function calibratesWithoutData(pass: PassId): boolean {
  return ESTIMATING.has(pass);
}
