/** Creates backends. Each package of TensorFlow.js is only loaded when its backend is asked for. */
import type { Backend, TfjsBackendId, BackendInfo } from '../backend';
import type { Device } from './device';
import { WhittleError } from '../../lib/errors';
import { describeBackend } from '../detect';
import { hostDevice, webglDevice, webgpuDevice } from './device';
import { onBackend } from './engine-lock';
import { prepareGraph } from './executor';
import { wasmPaths } from './wasm-paths';
import { env, findBackend } from '@tensorflow/tfjs-core';

export { listBackends } from '../detect';

export async function createBackend(id: TfjsBackendId): Promise<Backend> {
  const { info, device } = await start(id);
  return backendOn(info, device);
}

/** Starts a backend and gives what tells its failures. */
export async function openDevice(id: TfjsBackendId): Promise<Device> {
  return (await start(id)).device;
}

async function start(id: TfjsBackendId): Promise<{ info: BackendInfo; device: Device }> {
  const info = await describeBackend(id);
  if (!info.available) throw new WhittleError('BackendError', `The ${id} backend is missing. ${info.reason}`);
  // Keeps advice to Node users and the like off the console.
  env().set('PROD', true);
  await load[id]();
  return { info, device: await onBackend(id, () => deviceOf(id)) };
}

function backendOn(info: BackendInfo, device: Device): Backend {
  return {
    info,
    prepare: (graph) => prepareGraph(graph, device),
    // Buffers, not handles: a reshaped tensor shares its numbers with the one it came from.
    tensorCount: () => (findBackend(info.id) as { numDataIds(): number }).numDataIds(),
    // The engine's backend stays for whoever asks next: starting one takes seconds, an idle one holds no tensors.
    dispose: () => undefined,
  };
}

/** One of each a process, since listeners hang on them. */
const devices = new Map<TfjsBackendId, Device>();

const load: { readonly [I in TfjsBackendId]: () => Promise<unknown> } = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: async () => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // Threads gain nothing on few cores, and a minified bundle breaks them: their worker is made from a function's text.
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    const paths = wasmPaths();
    // Once: TensorFlow.js refuses new paths after its backend has started.
    if (!devices.has('wasm')) setWasmPaths(typeof paths === 'string' ? paths : { ...paths });
  },
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
};

function deviceOf(id: TfjsBackendId): Device {
  const present = devices.get(id);
  if (present) return present;
  const device = makeDevice(id);
  devices.set(id, device);
  return device;
}

function makeDevice(id: TfjsBackendId): Device {
  switch (id) {
    case 'cpu':
    case 'wasm':
      return hostDevice(id);
    case 'webgl':
      return webglDevice((findBackend(id) as unknown as { gpgpu: { gl: WebGL2RenderingContext } }).gpgpu.gl);
    case 'webgpu':
      return webgpuDevice((findBackend(id) as unknown as { device: GPUDevice }).device);
    default: {
      const never: never = id;
      return never;
    }
  }
}
