/** LiteRT's files as assets of the page's bundle. Imported by the worker only: Node has no `?url`. */
import type { LiteRtFiles, LiteRtVariant, ModuleFactory } from './files';
import compat from '@litertjs/core/wasm/litert_wasm_compat_internal.wasm?url';
import relaxed from '@litertjs/core/wasm/litert_wasm_internal.wasm?url';
import jspi from '@litertjs/core/wasm/litert_wasm_jspi_internal.wasm?url';

const modules: { readonly [V in LiteRtVariant]: string } = { jspi, default: relaxed, compat };

/** Programs of their own, none of which is part of what loads first. */
const programs: { readonly [V in LiteRtVariant]: () => Promise<unknown> } = {
  jspi: () => import('@litertjs/core/wasm/litert_wasm_jspi_internal.js'),
  default: () => import('@litertjs/core/wasm/litert_wasm_internal.js'),
  compat: () => import('@litertjs/core/wasm/litert_wasm_compat_internal.js'),
};

export const browserLiteRtFiles: LiteRtFiles = {
  variants: ['jspi', 'default', 'compat'],
  factory: (variant) => definedBy(programs[variant]),
  async settings(variant) {
    return { locateFile: () => modules[variant] };
  },
};

/**
 * The program is a script, not a module: it offers what it makes to CommonJS or to an AMD `define`, which is there while it
 * loads. (LiteRT's own way, `importScripts`, does not exist in module workers.)
 */
async function definedBy(program: () => Promise<unknown>): Promise<ModuleFactory> {
  const scope = globalThis as { define?: unknown };
  const before = scope.define;
  let factory: ModuleFactory | null = null;
  scope.define = Object.assign((_needs: unknown, make: () => ModuleFactory) => void (factory = make()), { amd: true });
  try {
    await program();
  } finally {
    scope.define = before;
  }
  if (factory === null) throw new Error('the program offered no module');
  return factory;
}
