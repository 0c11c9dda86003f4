/** The formats with their work, each loaded when it is first needed. */
import type { Format, FormatId } from './format';
import { kerasMeta } from './keras/meta';
import { kerasH5Meta } from './keras-h5/meta';
import { tfjsGraphMeta } from './tfjs-graph/meta';
import { tfjsLayersMeta } from './tfjs-layers/meta';

/** A format whose options are known as data only; `parseOptions` with its own record makes the values that it takes. */
export async function loadFormat(id: FormatId): Promise<Format> {
  return (await loaders[id]()) as unknown as Format;
}

const loaders = {
  keras: async () => {
    const [{ readKeras: read }, { canWriteKeras: canWrite, writeKeras: write }] = await Promise.all([import('./keras/read'), import('./keras/write')]);
    return { meta: kerasMeta, read, canWrite, write };
  },
  'keras-h5': async () => {
    const [{ readKerasH5: read }, { canWriteKerasH5: canWrite, writeKerasH5: write }] = await Promise.all([import('./keras-h5/read'), import('./keras-h5/write')]);
    return { meta: kerasH5Meta, read, canWrite, write };
  },
  'tfjs-layers': async () => {
    const [{ readTfjsLayers: read }, { canWriteTfjsLayers: canWrite, writeTfjsLayers: write }] = await Promise.all([
      import('./tfjs-layers/read'),
      import('./tfjs-layers/write'),
    ]);
    return { meta: tfjsLayersMeta, read, canWrite, write };
  },
  'tfjs-graph': async () => {
    const [{ readTfjsGraph: read }, { canWrite, write }] = await Promise.all([import('./tfjs-graph/read'), import('./tfjs-graph/write')]);
    return { meta: tfjsGraphMeta, read, canWrite, write };
  },
} satisfies Record<FormatId, () => Promise<object>>;
