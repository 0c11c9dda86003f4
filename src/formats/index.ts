/** The formats with their work, each loaded when it is first needed. */
import type { Format, FormatId } from './format';
import { kerasMeta } from './keras/meta';
import { kerasH5Meta } from './keras-h5/meta';
import { tfjsGraphMeta } from './tfjs-graph/meta';
import { tfjsLayersMeta } from './tfjs-layers/meta';
import { tfliteMeta } from './tflite/meta';

/** A format whose options are known as data only; `parseOptions` with its own record makes the values that it takes. */
export async function loadFormat(id: FormatId): Promise<Format> {
  return (await loaders[id]()) as unknown as Format;
}

const loaders = {
  keras: async () => {
    const [reader, writer] = await Promise.all([import('./keras/read'), import('./keras/write')]);
    return { meta: kerasMeta, read: reader.readKeras, canWrite: writer.canWriteKeras, write: writer.writeKeras };
  },
  'keras-h5': async () => {
    const [reader, writer] = await Promise.all([import('./keras-h5/read'), import('./keras-h5/write')]);
    return { meta: kerasH5Meta, read: reader.readKerasH5, canWrite: writer.canWriteKerasH5, write: writer.writeKerasH5 };
  },
  'tfjs-layers': async () => {
    const [reader, writer] = await Promise.all([import('./tfjs-layers/read'), import('./tfjs-layers/write')]);
    return { meta: tfjsLayersMeta, read: reader.readTfjsLayers, canWrite: writer.canWriteTfjsLayers, write: writer.writeTfjsLayers };
  },
  'tfjs-graph': async () => {
    const [reader, writer] = await Promise.all([import('./tfjs-graph/read'), import('./tfjs-graph/write')]);
    return { meta: tfjsGraphMeta, read: reader.readTfjsGraph, canWrite: writer.canWriteTfjsGraph, write: writer.writeTfjsGraph };
  },
  tflite: async () => {
    const [reader, writer] = await Promise.all([import('./tflite/read'), import('./tflite/write')]);
    return { meta: tfliteMeta, read: reader.readTflite, canWrite: writer.canWriteTflite, write: writer.writeTflite };
  },
} satisfies Record<FormatId, () => Promise<object>>;
