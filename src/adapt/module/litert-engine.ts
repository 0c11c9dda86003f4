/** The ladder in LiteRT, whose JavaScript takes no open batch: examples are served one by one. */
import type { LiteRt, LiteRtModelLike } from './api';
import type { Engine, Files } from './engine';
import type { Manifest } from './manifest';

export type LiteRtBackend = 'litert-webgpu' | 'litert-wasm';
export const liteRtBackends: readonly LiteRtBackend[] = ['litert-webgpu', 'litert-wasm'];

export async function createLiteRtEngine(litert: LiteRt, backend: LiteRtBackend, manifest: Manifest, files: Files): Promise<Engine> {
  const accelerator = backend === 'litert-webgpu' ? 'webgpu' : 'wasm';
  const models = new Map<number, Promise<LiteRtModelLike>>();
  const { input } = manifest;
  const compile = async (rung: number): Promise<LiteRtModelLike> => {
    const { litert: path, name } = manifest.rungs[rung]!;
    if (path === null) throw new Error(`${name} was not exported for LiteRT.`);
    const model = await litert.loadAndCompile(new Uint8Array(await files.bytes(path)), { accelerator });
    // LiteRT falls back in silence; the other accelerator has a trial of its own.
    const used = model.options?.accelerator;
    if (used === undefined || used === accelerator) return model;
    model.delete();
    throw new Error(`LiteRT runs ${name} on ${used} only.`);
  };
  const modelOf = (rung: number): Promise<LiteRtModelLike> => {
    const model = models.get(rung) ?? compile(rung);
    models.set(rung, model);
    return model;
  };
  return {
    backend,
    batchSizes: [1],
    async load(rung) {
      await modelOf(rung);
    },
    async run(rung, inputs) {
      const model = await modelOf(rung);
      const values = input.dtype === 'int32' ? Int32Array.from(inputs) : Float32Array.from(inputs);
      const placed = new litert.Tensor(values, [1, ...input.shape]);
      try {
        const [result] = await model.run([placed]);
        const data = Float32Array.from(await result!.data());
        result!.delete();
        return data;
      } finally {
        placed.delete();
      }
    },
    dispose() {
      for (const model of models.values()) model.then((loaded) => loaded.delete()).catch(() => undefined);
      models.clear();
    },
  };
}
