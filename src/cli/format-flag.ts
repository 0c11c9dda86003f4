/** --format ID[:option=value,…]. The short names are those that people say. */
import { formatCatalog } from '../formats/catalog';
import type { FormatId } from '../formats/format';
import type { OptionValue } from '../options/options';
import { parseSpecification } from './parse-arguments';
import { UsageError } from './usage-error';

export const shortNames: Readonly<Record<string, FormatId>> = {
  tfjs: 'tfjs-graph',
  'tfjs-layers': 'tfjs-layers',
  keras: 'keras',
  h5: 'keras-h5',
  tflite: 'tflite',
};

export interface FormatChoice {
  readonly id: FormatId;
  readonly options: Readonly<Record<string, OptionValue>>;
}

export function parseFormat(text: string): FormatChoice {
  const { id, options } = parseSpecification(text, (name) => {
    const meta = formatCatalog.find((format) => format.id === (shortNames[name] ?? name));
    if (!meta) throw new UsageError(`There is no format "${name}". There are: ${Object.keys(shortNames).join(', ')}.`);
    return meta.writeOptions;
  });
  return { id: shortNames[id] ?? (id as FormatId), options };
}
