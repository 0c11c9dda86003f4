/**
 * What can go wrong below TensorFlow.js. WebGPU reports invalid shaders and commands beside the results, which are then
 * zeros; a lost device or WebGL context answers with zeros too. `watch` turns all of that into a rejected run.
 */
import type { TfjsBackendId } from '../backend';
import { WhittleError } from '../../lib/errors';

export interface Device {
  readonly id: TfjsBackendId;
  /**
   * Runs `compute`, then `read`; rejects with a BackendError when the device was lost or reported an error meanwhile.
   * They are apart so that the device can be asked for errors while the result is on its way.
   */
  watch<T>(compute: () => Promise<void>, read: () => Promise<T>): Promise<T>;
}

/** A device that can only fail by throwing: wasm and cpu. */
export function hostDevice(id: TfjsBackendId): Device {
  return {
    id,
    async watch(compute, read) {
      await compute();
      return read();
    },
  };
}

export function webgpuDevice(device: GPUDevice): Device {
  let lost = '';
  let uncaptured = '';
  void device.lost.then((info) => {
    lost = info.message || info.reason || 'no reason given';
  });
  device.addEventListener('uncapturederror', (event) => {
    uncaptured ||= event.error.message;
  });
  const failIfBad = (captured: string): void => {
    if (lost) throw new WhittleError('BackendError', `The WebGPU device was lost: ${lost}. Reload the page, or take another backend.`);
    const report = captured || uncaptured;
    uncaptured = '';
    if (report) throw new WhittleError('BackendError', `WebGPU reported an error, so its result is not valid: ${report}`);
  };
  return {
    id: 'webgpu',
    async watch(compute, read) {
      failIfBad('');
      device.pushErrorScope('out-of-memory');
      device.pushErrorScope('validation');
      let reading: ReturnType<typeof read>;
      try {
        await compute();
        reading = read();
      } catch (error) {
        reading = Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
      // It is awaited below; until then its rejection is not an unhandled one.
      reading.catch(() => undefined);
      // What the device reports explains more than what followed from it, so it comes first.
      const [validation, memory] = await Promise.all([device.popErrorScope(), device.popErrorScope()]).catch(() => [null, null]);
      failIfBad(validation?.message ?? memory?.message ?? '');
      const result = await reading;
      failIfBad('');
      return result;
    },
  };
}

export function webglDevice(context: WebGL2RenderingContext): Device {
  const failIfLost = (): void => {
    if (context.isContextLost()) {
      throw new WhittleError('BackendError', 'The WebGL context was lost (the graphics driver was reset, or the browser took it back). Reload the page, or take another backend.');
    }
  };
  return {
    id: 'webgl',
    async watch(compute, read) {
      failIfLost();
      try {
        await compute();
        return await read();
      } finally {
        failIfLost();
      }
    },
  };
}
