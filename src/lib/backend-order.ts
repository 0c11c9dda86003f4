/** TensorFlow.js's backends from the fastest on, and where a training runs. */
export const TFJS_BACKEND_IDS = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;

/**
 * The backends to train on, best first: the next one is for when a device is lost. Never empty: JavaScript runs everywhere. A graphics
 * adapter in software is left out: it is 20 to 100 times slower than WASM.
 */
export function trainingBackends(infos: readonly { readonly id: string; readonly available: boolean; readonly software: boolean }[]): readonly [TfjsId, ...TfjsId[]] {
  const usable = new Set(infos.filter(({ available, software }) => available && !software).map(({ id }) => id));
  const [first, ...others] = TFJS_BACKEND_IDS.filter((id) => usable.has(id) || id === 'cpu');
  return [first!, ...others];
}

type TfjsId = (typeof TFJS_BACKEND_IDS)[number];
