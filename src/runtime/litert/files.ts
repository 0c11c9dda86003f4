/** Where LiteRT's files are: said by whoever starts the engine, since page and Node differ. */
import { WhittleError } from '../../lib/errors';

/**
 * Builds of LiteRT's module, best first: `jspi` can wait for the GPU inside a run, `default` needs relaxed SIMD, `compat` runs
 * wherever there is SIMD. All three give the same outputs.
 */
export const LITERT_VARIANTS = ['jspi', 'default', 'compat'] as const;
export type LiteRtVariant = (typeof LITERT_VARIANTS)[number];

/** Emscripten's: makes the module with these settings. */
export type ModuleFactory = (settings: object) => Promise<object>;

export interface LiteRtFiles {
  readonly variants: readonly LiteRtVariant[];
  /** Loads the program that loads the module. */
  factory(variant: LiteRtVariant): Promise<ModuleFactory>;
  /** Emscripten's settings that find the .wasm file: `locateFile`, or `wasmBinary`. */
  settings(variant: LiteRtVariant): Promise<object>;
}

let configured: LiteRtFiles | null = null;

export function configureLiteRt(files: LiteRtFiles): void {
  configured = files;
}

export function liteRtFiles(): LiteRtFiles {
  if (configured === null) throw new WhittleError('BackendError', 'LiteRT was not told where its files are: call configureLiteRt first.');
  return configured;
}
