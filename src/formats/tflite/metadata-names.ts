/** Names of metadata that Whittle writes or looks for. */
export const RECIPE_METADATA = 'whittle_recipe';
export const RUNTIME_METADATA = 'min_runtime_version';
export const DEFAULT_SIGNATURE = 'serving_default';

/** Metadata that every writer makes anew, or that says how the file was made: the rest goes home with the graph. */
export const REMADE_METADATA: ReadonlySet<string> = new Set([RUNTIME_METADATA, 'CONVERSION_METADATA', 'reduced_precision_support', RECIPE_METADATA]);
