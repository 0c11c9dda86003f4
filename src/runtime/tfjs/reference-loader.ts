/**
 * Runs exported files the way a person's own page will: loaded by TensorFlow.js's own loaders, which know nothing of
 * Whittle. This is the check of an export, never a way to execute a graph.
 */
import { io, type Tensor } from '@tensorflow/tfjs-core';
import type { FormatId, WrittenFile } from '../../formats/format';
import { WhittleError } from '../../lib/errors';
import type { Batch, BackendId } from '../backend';
import { createBackend } from './backends';
import { download, uploadBatch } from './batches';
import { onBackend } from './engine-lock';

/** Loads a written TF.js model and runs it once. Inputs and outputs in the model's order. Throws what TensorFlow.js throws. */
export async function runWithTfjsLoader(
  files: readonly WrittenFile[],
  format: Extract<FormatId, 'tfjs-graph' | 'tfjs-layers'>,
  inputs: readonly Batch[],
  backend: BackendId,
): Promise<Batch[]> {
  await createBackend(backend);
  const handler = io.fromMemory(artifactsOf(files));
  return onBackend(backend, async () => {
    const model =
      format === 'tfjs-graph'
        ? await (await import('@tensorflow/tfjs-converter')).loadGraphModel(handler)
        : await (await import('@tensorflow/tfjs-layers')).loadLayersModel(handler);
    const tensors = inputs.map(uploadBatch);
    const result = model.predict(tensors.length === 1 ? tensors[0]! : tensors) as Tensor | Tensor[];
    const outputs = Array.isArray(result) ? result : [result];
    try {
      return await Promise.all(outputs.map(download));
    } finally {
      for (const tensor of [...tensors, ...outputs]) tensor.dispose();
      model.dispose();
    }
  });
}

function artifactsOf(files: readonly WrittenFile[]): io.ModelArtifacts {
  const bytesOf = (name: string): Uint8Array<ArrayBuffer> => {
    const file = files.find((candidate) => candidate.name === name);
    if (!file) throw new WhittleError('ExportError', `The export names ${name}, but did not write it.`);
    return file.bytes;
  };
  const main = files.find((file) => file.name.endsWith('.json'));
  if (!main) throw new WhittleError('ExportError', 'The export holds no model.json.');
  const json = JSON.parse(new TextDecoder().decode(main.bytes)) as io.ModelJSON;
  const shards = json.weightsManifest.flatMap((group) => group.paths.map(bytesOf));
  return {
    ...json,
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: shards.map((bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)),
  } as io.ModelArtifacts;
}
