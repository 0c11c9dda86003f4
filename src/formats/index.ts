/** The formats with their work, each loaded when it is first needed. */
import { WhittleError } from '../lib/errors';
import type { Format, FormatId, FormatMeta } from './format';
import { kerasMeta } from './keras/meta';
import { kerasH5Meta } from './keras-h5/meta';
import { tfjsGraphMeta } from './tfjs-graph/meta';
import { tfjsLayersMeta } from './tfjs-layers/meta';

/** A format whose options are known as data only; `parseOptions` with its own record makes the values that it takes. */
export async function loadFormat(id: FormatId): Promise<Format> {
  return (await loaders[id]()) as unknown as Format;
}

const loaders = {
  keras: async () => readOnly(kerasMeta, (await import('./keras/read')).readKeras),
  'keras-h5': async () => readOnly(kerasH5Meta, (await import('./keras-h5/read')).readKerasH5),
  'tfjs-layers': async () => readOnly(tfjsLayersMeta, (await import('./tfjs-layers/read')).readTfjsLayers),
  'tfjs-graph': async () => {
    const [{ readTfjsGraph: read }, { canWrite, write }] = await Promise.all([import('./tfjs-graph/read'), import('./tfjs-graph/write')]);
    return { meta: tfjsGraphMeta, read, canWrite, write };
  },
} satisfies Record<FormatId, () => Promise<object>>;

/** A format that is opened and not written. */
function readOnly(meta: FormatMeta, read: Format['read']): Format {
  const reason = `${meta.label} is read, but not written yet. Export a TensorFlow.js graph model.`;
  return {
    meta,
    read,
    canWrite: () => reason,
    write: async () => {
      throw new WhittleError('ExportError', reason);
    },
  };
}
