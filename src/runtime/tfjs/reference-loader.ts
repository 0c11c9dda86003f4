/**
 * TensorFlow.js's own loaders, for proving an export: the written files are opened and run by the code that every user
 * of TensorFlow.js has, without ours.
 */
import type { io, Tensor } from '@tensorflow/tfjs-core';
import type { FormatId, WrittenFile } from '../../formats/format';
import type { Batch, TfjsBackendId } from '../backend';
import { WhittleError, messageOf } from '../../lib/errors';
import { download, uploadBatch } from './batches';
import { onBackend } from './engine-lock';
import { io as modelIo } from '@tensorflow/tfjs-core';

interface LoadedModel {
  run(inputs: Tensor[]): Promise<Tensor[]>;
  dispose(): void;
}

/** Inputs and outputs in the order of the written model, which is the graph's. The backend must have been created. */
export async function runWithTfjsLoader(
  files: readonly WrittenFile[],
  format: Extract<FormatId, 'tfjs-graph' | 'tfjs-layers'>,
  inputs: readonly Batch[],
  backend: TfjsBackendId,
): Promise<Batch[]> {
  return onBackend(backend, async () => {
    const given = inputs.map(uploadBatch);
    let model: LoadedModel | null = null;
    let outputs: Tensor[] = [];
    try {
      const handler = handlerOf(files);
      model = await (format === 'tfjs-graph' ? loadGraph(handler) : loadLayers(handler));
      outputs = await model.run(given);
      return await Promise.all(outputs.map(download));
    } catch (error) {
      throw new WhittleError('ExportError', `TensorFlow.js does not run the exported model: ${messageOf(error)}`, { cause: error });
    } finally {
      for (const tensor of [...given, ...outputs]) tensor.dispose();
      model?.dispose();
    }
  });
}

async function loadGraph(handler: io.IOHandler): Promise<LoadedModel> {
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  const model = await loadGraphModel(handler);
  return {
    async run(inputs) {
      const feed = Object.fromEntries(model.inputNodes.map((name, i) => [name, inputs[i]!]));
      const names = [...model.outputNodes];
      // Graphs whose shapes depend on data run asynchronously only, and say so; all others warn when run that way.
      try {
        return asList(model.execute(feed, names));
      } catch (error) {
        if (!messageOf(error).includes('executeAsync')) throw error;
        return asList(await model.executeAsync(feed, names));
      }
    },
    dispose: () => model.dispose(),
  };
}

async function loadLayers(handler: io.IOHandler): Promise<LoadedModel> {
  const { loadLayersModel } = await import('@tensorflow/tfjs-layers');
  const model = await loadLayersModel(handler);
  return {
    run: async (inputs) => asList(model.predict(inputs.length === 1 ? inputs[0]! : inputs)),
    dispose: () => void model.dispose(),
  };
}

/** The files as TensorFlow.js's loaders take them: the JSON parsed, the shards of weights joined in the manifest's order. */
function handlerOf(files: readonly WrittenFile[]): io.IOHandler {
  return { load: () => artifactsOf(files) };
}

function artifactsOf(files: readonly WrittenFile[]): Promise<io.ModelArtifacts> {
  const json = files.find(({ name }) => name.endsWith('.json'));
  if (!json) throw new WhittleError('ExportError', `No model.json among ${files.map(({ name }) => name).join(', ')}.`);
  const model = JSON.parse(new TextDecoder().decode(json.bytes)) as io.ModelJSON;
  return modelIo.getModelArtifactsForJSON(model, async (manifest) => {
    const shards = manifest.flatMap(({ paths }) => paths).map((path) => {
      const shard = files.find(({ name }) => name === path || name.endsWith(`/${path}`));
      if (!shard) throw new WhittleError('ExportError', `The weight file ${path} is missing.`);
      return shard.bytes.slice().buffer;
    });
    return [manifest.flatMap(({ weights }) => weights), shards];
  });
}

function asList(outputs: Tensor | Tensor[] | Record<string, Tensor>): Tensor[] {
  if (Array.isArray(outputs)) return outputs;
  return 'dataId' in outputs ? [outputs as Tensor] : Object.values(outputs as Record<string, Tensor>);
}
