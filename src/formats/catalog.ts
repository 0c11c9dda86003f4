/** The formats that Whittle reads and writes, as data, in the order in which they are offered. */
import type { FormatId, FormatMeta } from './format';
import { kerasMeta } from './keras/meta';
import { kerasH5Meta } from './keras-h5/meta';
import { tfjsGraphMeta } from './tfjs-graph/meta';
import { tfjsLayersMeta } from './tfjs-layers/meta';
import { tfliteMeta } from './tflite/meta';

export const formatCatalog: readonly FormatMeta[] = [tfjsGraphMeta, tfjsLayersMeta, tfliteMeta, kerasMeta, kerasH5Meta];

export function findFormatMeta(id: string): FormatMeta | undefined {
  return formatCatalog.find((meta) => meta.id === id);
}

/** What can be opened, for messages and file pickers. */
export const formatLabels: string = formatCatalog.map((meta) => meta.label).join(', ');

export const formatIds: readonly FormatId[] = formatCatalog.map((meta) => meta.id);
