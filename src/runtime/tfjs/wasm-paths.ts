/** Where the wasm backend finds its .wasm files: said by whoever starts the engine, since page and Node differ. */
import { WhittleError } from '../../lib/errors';

/** A directory ending in '/', or the address of each of the three files by name. */
export type WasmPaths = string | Readonly<Record<WasmFile, string>>;
export type WasmFile = 'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm';

let configured: WasmPaths | null = null;

export function configureWasm(paths: WasmPaths): void {
  configured = paths;
}

export function wasmPaths(): WasmPaths {
  if (configured === null) throw new WhittleError('BackendError', 'The wasm backend was not told where its files are: call configureWasm first.');
  return configured;
}
