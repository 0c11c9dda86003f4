/** Where a training runs: on a graphics adapter that is one; a software adapter is 20 to 100 times slower than WASM. */
import type { BackendInfo, TfjsBackendId } from '../runtime/backend';
import type { Device } from '../runtime/tfjs/device';
import { WhittleError } from '../lib/errors';
import { TFJS_BACKEND_IDS } from '../runtime/detect';
import { createBackend } from '../runtime/tfjs/backends';
import { hostDevice, webglDevice, webgpuDevice } from '../runtime/tfjs/device';
import { onBackend } from '../runtime/tfjs/engine-lock';
import { findBackend } from '@tensorflow/tfjs-core';

/** The backends to train on, best first: the next one is for when a device is lost. Never empty: JavaScript runs everywhere. */
export function trainingBackends(infos: readonly BackendInfo[]): readonly TfjsBackendId[] {
  const usable = new Set(infos.filter(({ available, software }) => available && !software).map(({ id }) => id));
  const chosen = TFJS_BACKEND_IDS.filter((id) => usable.has(id));
  return chosen.includes('cpu') ? chosen : [...chosen, 'cpu'];
}

/** One of each a process, since listeners hang on them. */
const devices = new Map<TfjsBackendId, Device>();

/** Starts a backend and gives what tells its failures. */
export async function openTrainingDevice(id: TfjsBackendId): Promise<Device> {
  await createBackend(id);
  return onBackend(id, () => {
    const device = devices.get(id) ?? deviceOf(id);
    devices.set(id, device);
    return device;
  });
}

function deviceOf(id: TfjsBackendId): Device {
  // TensorFlow.js does not type what its backends stand on.
  const backend = findBackend(id) as { device?: GPUDevice; gpgpu?: { gl: WebGL2RenderingContext } };
  switch (id) {
    case 'webgpu':
      return webgpuDevice(present(backend.device, id));
    case 'webgl':
      return webglDevice(present(backend.gpgpu, id).gl);
    case 'wasm':
    case 'cpu':
      return hostDevice(id);
    default: {
      const never: never = id;
      return never;
    }
  }
}

function present<T>(value: T | undefined, id: TfjsBackendId): T {
  if (value === undefined) throw new WhittleError('BackendError', `The ${id} backend has no device; reload the page, or take another backend.`);
  return value;
}
