/** Where a training runs: on a graphics adapter that is one; a software adapter is 20 to 100 times slower than WASM. */
import type { BackendInfo, TfjsBackendId } from '../runtime/backend';
import { TFJS_BACKEND_IDS } from '../runtime/detect';

/** The backends to train on, best first: the next one is for when a device is lost. Never empty: JavaScript runs everywhere. */
export function trainingBackends(infos: readonly BackendInfo[]): readonly TfjsBackendId[] {
  const usable = new Set(infos.filter(({ available, software }) => available && !software).map(({ id }) => id));
  const chosen = TFJS_BACKEND_IDS.filter((id) => usable.has(id));
  return chosen.includes('cpu') ? chosen : [...chosen, 'cpu'];
}
