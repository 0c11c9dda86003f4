/** What there is to choose from for a live run: backends of this device, and whether a camera's pictures or a microphone's sound fit the model. */
import type { BackendName } from '../adapt/module/api';
import type { ModelSummary } from '../engine/types';
import type { BackendInfo } from '../runtime/backend';
import { LONGEST_WINDOW } from './live-microphone';
import { useLive, type LiveSource } from './live-store';
import { useSession } from './session-store';

/** The best first; a graphics card in software comes after everything real. */
const ORDER: readonly BackendName[] = ['webgpu', 'webgl', 'wasm', 'litert-wasm', 'litert-webgpu', 'cpu'];

export function liveBackends(infos: readonly BackendInfo[] | null): readonly BackendName[] {
  const available = (infos ?? []).filter((info) => info.available);
  const found = ORDER.flatMap((name) => available.filter((info) => info.id === name));
  return [...found.filter((info) => !info.software), ...found.filter((info) => info.software)].map((info) => info.id as BackendName);
}

/** The person's, else the best of this device. */
export function chosenBackend(): BackendName {
  const backends = liveBackends(useSession.getState().backends);
  const { backend } = useLive.getState().settings;
  return backend && backends.includes(backend) ? backend : (backends[0] ?? 'wasm');
}

/** [height, width] of the pictures that a model takes; null: it takes none of one size. */
export function pictureSizeOf(model: ModelSummary | null): readonly [number, number] | null {
  if (model?.inputs.length !== 1) return null;
  const [, height, width, channels] = model.inputs[0]!.shape;
  const isPicture = model.inputs[0]!.shape.length === 4 && (channels === 1 || channels === 3);
  return isPicture && height! > 1 && width! > 1 ? [height!, width!] : null;
}

/** Fewer numbers are features, not sound: a sixteenth of a second at 16 kHz. */
const SHORTEST_SOUND = 1000;

/** Samples of one window of raw sound that a model takes, [batch, samples] or [batch, samples, 1]; null: it takes none that a microphone can give. */
export function soundLengthOf(model: ModelSummary | null): number | null {
  if (model?.inputs.length !== 1) return null;
  const { shape, dtype } = model.inputs[0]!;
  const isWindow = shape.length === 2 || (shape.length === 3 && shape[2] === 1);
  const samples = shape[1]!;
  return isWindow && dtype === 'float32' && samples >= SHORTEST_SOUND && samples <= LONGEST_WINDOW ? samples : null;
}

/** What can be streamed through a model. */
export function liveSources(model: ModelSummary | null): readonly LiveSource[] {
  if (pictureSizeOf(model)) return ['examples', 'camera'];
  return soundLengthOf(model) === null ? ['examples'] : ['examples', 'microphone'];
}
