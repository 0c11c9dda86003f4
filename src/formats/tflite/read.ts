/**
 * Reads a TensorFlow Lite model: its first graph, operator by operator, weights as constants in their own encoding, names
 * as they are, and the recipe that Whittle may have left in it.
 */
import { throwIfCancelled, WhittleError } from '../../lib/errors';
import { baseName, readBytes } from '../../lib/source-file';
import type { ReadInput, ReadResult } from '../format';
import { storedRecipeText } from '../stored-recipe';
import { decodeModel } from './decode';
import { lowerModel } from './lower';
import { metadataText } from './lower-producer';
import { RECIPE_METADATA } from './metadata-names';

/** Larger models keep their numbers outside the table, and no browser holds them in one piece. */
const LARGEST_NBYTES = 2 ** 31;

export async function readTflite({ main, report, signal }: ReadInput): Promise<ReadResult> {
  const owner = baseName(main.name);
  if (main.blob.size >= LARGEST_NBYTES) {
    throw new WhittleError('UnsupportedError', `${owner} has ${main.blob.size} bytes; Whittle reads .tflite files below 2 GiB.`);
  }
  report({ stage: 'Reading the file', fraction: null });
  const bytes = await readBytes(main);
  throwIfCancelled(signal);
  report({ stage: 'Reading the graph', fraction: null });
  const model = decodeModel(bytes);
  throwIfCancelled(signal);
  const { graph, diagnostics } = lowerModel(model, owner, owner.replace(/\.(tflite|lite|bin)$/i, ''));
  const recipe = storedRecipeText(metadataText(model, RECIPE_METADATA));
  return { graph, diagnostics, ...(recipe ? { recipe } : {}) };
}
