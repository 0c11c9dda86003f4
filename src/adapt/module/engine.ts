/** One backend with the ladder on it. What it runs on may vanish: then `run` rejects, and the engine is of no more use. */
import type { BackendName } from './api';

export interface Engine {
  readonly backend: BackendName;
  /** Examples that can be served together, ascending, from 1. */
  readonly batchSizes: readonly number[];
  /** Makes a rung ready; again is no work. */
  load(rung: number): Promise<void>;
  /** `inputs`: as many examples as `batch` says, one after the other. Rejects when the device is lost. */
  run(rung: number, inputs: Float32Array, batch: number): Promise<Float32Array>;
  dispose(): void;
}

/** Files of the module's folder, each read once: a backend that takes over needs no network. */
export interface Files {
  bytes(path: string): Promise<ArrayBuffer>;
}

export function createFiles(base: URL): Files {
  const known = new Map<string, Promise<ArrayBuffer>>();
  return {
    bytes(path) {
      const present = known.get(path);
      if (present) return present;
      const reading = read(new URL(path, base)).catch((error: unknown) => {
        known.delete(path);
        throw error;
      });
      known.set(path, reading);
      return reading;
    },
  };
}

async function read(address: URL): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.href} answers ${response.status}.`);
  return response.arrayBuffer();
}
