/** Tells a saved recipe from a model: both are JSON. */
import type { SourceFile } from '../lib/source-file';
import { parsedOrNull } from './detect';
import { isObject } from './json';

/** Recipes have a few kilobytes. */
const LARGEST_RECIPE_NBYTES = 1024 * 1024;

export async function isRecipe(file: SourceFile): Promise<boolean> {
  if (file.blob.size > LARGEST_RECIPE_NBYTES || !file.name.toLowerCase().endsWith('.json')) return false;
  const json = await parsedOrNull(file);
  return isObject(json) && 'version' in json && Array.isArray(json.steps) && !('modelTopology' in json);
}
