/** LiteRT's files as assets of the page's bundle. Imported by the worker only: Node has no `?url`. */
import type { LiteRtFiles, LiteRtVariant, ModuleFactory } from './files';
import compat from '@litertjs/core/wasm/litert_wasm_compat_internal.wasm?url';
import relaxed from '@litertjs/core/wasm/litert_wasm_internal.wasm?url';
import jspi from '@litertjs/core/wasm/litert_wasm_jspi_internal.wasm?url';

const modules: { readonly [V in LiteRtVariant]: string } = { jspi, default: relaxed, compat };

/**
 * Programs of their own, none of which is part of what loads first. They are scripts in CommonJS's form, which the bundler
 * turns into modules: LiteRT's own way to load them, `importScripts`, does not exist in module workers.
 */
const programs: { readonly [V in LiteRtVariant]: () => Promise<{ readonly default: ModuleFactory }> } = {
  jspi: () => import('@litertjs/core/wasm/litert_wasm_jspi_internal.js'),
  default: () => import('@litertjs/core/wasm/litert_wasm_internal.js'),
  compat: () => import('@litertjs/core/wasm/litert_wasm_compat_internal.js'),
};

export const browserLiteRtFiles: LiteRtFiles = {
  variants: ['jspi', 'default', 'compat'],
  factory: async (variant) => (await programs[variant]()).default,
  settings: async (variant) => ({ locateFile: () => modules[variant] }),
};
