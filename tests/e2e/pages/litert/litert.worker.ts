/** Runs .tflite files in LiteRT, in a module worker. */
import type { BackendInfo, Batch, Borders, FileBackend, LiteRtBackendId } from '../../../../src/runtime/backend';
import { getWebGpuDevice } from '@litertjs/core';
import { listBackends } from '../../../../src/runtime/detect';
import { createFileBackend } from '../../../../src/runtime/litert/backends';
import { configureLiteRt } from '../../../../src/runtime/litert/files';
import { browserLiteRtFiles } from '../../../../src/runtime/litert/files.browser';

export type LiteRtQuestion =
  | { readonly kind: 'backends' }
  | { readonly kind: 'lose device' }
  | { readonly kind: 'run'; readonly backend: LiteRtBackendId; readonly file: readonly number[]; readonly borders: Borders; readonly shape: readonly number[]; readonly feeds: readonly (readonly number[])[] };

export interface LiteRtAnswer {
  readonly backends?: readonly BackendInfo[];
  /** The first output of every feed, by `run` and, the first feed only, by a step. */
  readonly outputs?: readonly (readonly number[])[];
  readonly stepped?: readonly number[];
  /** Tensors alive at the end. */
  readonly alive?: number;
  readonly error?: { readonly name: string; readonly message: string };
}

configureLiteRt(browserLiteRtFiles);
const backends = new Map<LiteRtBackendId, Promise<FileBackend>>();

self.onmessage = async (event: MessageEvent<LiteRtQuestion>) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
  self.postMessage(await answer(event.data).catch((error: Error): LiteRtAnswer => ({ error: { name: error.name, message: error.message } })));
};

async function answer(question: LiteRtQuestion): Promise<LiteRtAnswer> {
  switch (question.kind) {
    case 'backends':
      return { backends: await listBackends() };
    case 'lose device':
      getWebGpuDevice()!.destroy();
      await getWebGpuDevice()!.lost;
      return {};
    case 'run':
      return run(question);
    default: {
      const never: never = question;
      return never;
    }
  }
}

async function run({ backend: id, file, borders, shape, feeds }: Extract<LiteRtQuestion, { kind: 'run' }>): Promise<LiteRtAnswer> {
  const made = backends.get(id) ?? createFileBackend(id);
  backends.set(id, made);
  const backend = await made;
  const model = await backend.prepare(Uint8Array.from(file), borders);
  try {
    const batches = feeds.map((numbers): Batch => ({ shape, dtype: 'float32', data: Float32Array.from(numbers) }));
    const outputs: number[][] = [];
    for (const batch of batches) outputs.push([...(await model.run([batch]))[0]!.data]);
    const stepper = await model.stepper([batches[0]!]);
    await stepper.step();
    const [stepped] = await stepper.step();
    stepper.dispose();
    return { outputs, stepped: [...stepped!.data], alive: backend.tensorCount() };
  } finally {
    model.dispose();
  }
}
