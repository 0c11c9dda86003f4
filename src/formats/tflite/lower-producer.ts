/** Who wrote the file, as far as it says. */
import type { FlatModel } from './flat-model';
import { RECIPE_METADATA, RUNTIME_METADATA } from './metadata-names';

/** E.g. `MLIR Converted (TensorFlow Lite 1.14.0 and newer)`. */
export function producerOf(model: FlatModel): string {
  const version = metadataText(model, RUNTIME_METADATA)?.replace(/\0.*$/s, '').trim();
  const runtime = version && /^[\w.-]+$/.test(version) ? `(TensorFlow Lite ${version} and newer)` : '';
  const writer = model.description.trim().replace(/\.$/, '') || (metadataText(model, RECIPE_METADATA) === null ? '' : 'Whittle');
  return [writer, runtime].filter((part) => part !== '').join(' ');
}

/** A piece of metadata as text; null when there is none by that name. */
export function metadataText(model: FlatModel, name: string): string | null {
  const entry = model.metadata.find((one) => one.name === name);
  return entry ? new TextDecoder().decode(entry.data) : null;
}
