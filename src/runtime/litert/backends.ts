/**
 * LiteRT (https://www.npmjs.com/package/@litertjs/core) as backends of .tflite files: XNNPACK on WASM, WebGPU, WebNN. One
 * LiteRT a process, loaded when the first of them is asked for.
 */
import type { BackendInfo, Borders, FileBackend, LiteRtBackendId, PreparedModel } from '../backend';
import type { LoadedLiteRt } from './load';
import { WhittleError } from '../../lib/errors';
import { describeBackend } from '../detect';
import { hostDevice, webgpuDevice, type Device } from '../tfjs/device';
import { loadLiteRt } from './load';
import { prepareFile } from './model';
import { countTensors } from './tensors';

const ACCELERATORS = { 'litert-wasm': 'wasm', 'litert-webgpu': 'webgpu', 'litert-webnn': 'webnn' } as const satisfies Record<LiteRtBackendId, string>;

export async function createFileBackend(id: LiteRtBackendId): Promise<FileBackend> {
  const info = await describeBackend(id);
  if (!info.available) throw new WhittleError('BackendError', `The ${id} backend is missing. ${info.reason}`);
  const loaded = await loadLiteRt();
  return backendOn(info, loaded, deviceOf(id, loaded));
}

function backendOn(info: BackendInfo, loaded: LoadedLiteRt, device: Device): FileBackend {
  const accelerator = ACCELERATORS[info.id as LiteRtBackendId];
  const models = new Set<PreparedModel>();
  return {
    info,
    async prepare(bytes: Uint8Array, borders: Borders) {
      const model = await prepareFile(bytes, borders, { loaded, accelerator, device });
      models.add(model);
      const { dispose } = model;
      return Object.assign(model, {
        dispose() {
          models.delete(model);
          dispose();
        },
      });
    },
    tensorCount: countTensors,
    dispose() {
      for (const model of models) model.dispose();
    },
  };
}

/** Watches the GPU that LiteRT took for itself. */
function deviceOf(id: LiteRtBackendId, { library }: LoadedLiteRt): Device {
  if (id !== 'litert-webgpu') return hostDevice('wasm');
  const gpu = library.getWebGpuDevice();
  if (!gpu) throw new WhittleError('BackendError', 'LiteRT got no WebGPU device. Reload the page, or take the litert-wasm backend.');
  return webgpuDevice(gpu);
}
