/**
 * The ladder on a backend of TensorFlow.js. A lost device answers with zeros, with nothing at all or with an error, so that it is
 * watched: before a run, while it is waited for, and after. TensorFlow.js has one backend at a time for the whole page.
 */
import type { GraphModelLike, TensorFlowJs } from './api';
import type { Engine, Files } from './engine';
import { sizeOfPort, type Manifest } from './manifest';

export type TfjsBackend = 'webgpu' | 'webgl' | 'wasm' | 'cpu';
export const tfjsBackends: readonly TfjsBackend[] = ['webgpu', 'webgl', 'wasm', 'cpu'];

/** How long after a failure a device may still be reported lost. */
const LOSS_REPORT_MS = 50;

/** Throws an Error that says why the backend cannot be used. */
export async function createTfjsEngine(tf: TensorFlowJs, backend: TfjsBackend, manifest: Manifest, files: Files, batchSizes: readonly number[]): Promise<Engine> {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js cannot start its ${backend} backend here.`);
  await tf.ready();
  const device = watchDevice(tf.findBackend(backend));
  const models = new Map<number, Promise<GraphModelLike>>();
  const { input, output } = manifest;
  const modelOf = (rung: number): Promise<GraphModelLike> => {
    const model = models.get(rung) ?? loadModel(tf, manifest, rung, files);
    models.set(rung, model);
    return model;
  };
  return {
    backend,
    batchSizes,
    async load(rung) {
      await modelOf(rung);
    },
    async run(rung, inputs, batch) {
      const model = await modelOf(rung);
      const names = manifest.rungs[rung]!.tfjs!;
      device.check();
      const values = input.dtype === 'int32' ? Int32Array.from(inputs) : inputs;
      const placed = tf.tensor(values, [batch, ...input.shape], input.dtype);
      try {
        const made = model.execute({ [names.input]: placed }, names.output);
        const result = Array.isArray(made) ? made[0]! : made;
        const data = await device.orLost(result.data());
        result.dispose();
        device.check();
        if (data.length !== batch * sizeOfPort(output)) throw new Error(`${data.length} numbers came back for ${batch} examples.`);
        return Float32Array.from(data);
      } catch (error) {
        // What follows from a loss may be reported before the loss itself, which explains more.
        await device.orLost(new Promise((resolve) => setTimeout(resolve, LOSS_REPORT_MS))).catch(() => undefined);
        device.check();
        throw error;
      } finally {
        placed.dispose();
      }
    },
    dispose() {
      for (const model of models.values()) {
        // On a lost device there is nothing left to free.
        model.then((loaded) => loaded.dispose()).catch(() => undefined);
      }
      models.clear();
    },
  };
}

interface WatchedDevice {
  /** Throws when the device is lost. */
  check(): void;
  /** `work`, which rejects when the device is lost meanwhile. Not by `Promise.race`: a promise that is never settled would keep every race. */
  orLost<T>(work: Promise<T>): Promise<T>;
}

function watchDevice(backend: unknown): WatchedDevice {
  const { device, gpgpu } = backend as { device?: GPUDevice; gpgpu?: { gl: WebGL2RenderingContext } };
  let reason = '';
  const waiting = new Set<(error: Error) => void>();
  const lose = (why: string): void => {
    reason = why;
    for (const reject of waiting) reject(new Error(why));
    waiting.clear();
  };
  if (device?.lost) void device.lost.then(({ message }) => lose(`the WebGPU device was lost: ${message || 'no reason given'}`));
  gpgpu?.gl.canvas.addEventListener('webglcontextlost', () => lose('the WebGL context was lost'));
  return {
    orLost: (work) =>
      new Promise((resolve, reject) => {
        if (reason) reject(new Error(reason));
        waiting.add(reject);
        void work.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
    check() {
      if (!reason && gpgpu?.gl.isContextLost()) reason = 'the WebGL context was lost';
      if (reason) throw new Error(reason);
    },
  };
}

/** From bytes in memory, so that another backend can take over without the network. */
async function loadModel(tf: TensorFlowJs, { rungs }: Manifest, rung: number, files: Files): Promise<GraphModelLike> {
  const { tfjs, name } = rungs[rung]!;
  if (!tfjs) throw new Error(`${name} was not exported for TensorFlow.js.`);
  const [topology, ...weights] = await Promise.all([tfjs.model, ...tfjs.weights].map((path) => files.bytes(path)));
  const model = JSON.parse(new TextDecoder().decode(topology)) as { modelTopology: unknown; weightsManifest: { weights: unknown[] }[]; [key: string]: unknown };
  const { modelTopology, weightsManifest, ...rest } = model;
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const weightData = joined(weights.map((bytes) => new Uint8Array(bytes)));
  return tf.loadGraphModel({ load: async () => ({ ...rest, modelTopology, weightSpecs, weightData }) });
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}
