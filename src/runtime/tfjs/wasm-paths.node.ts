/** The wasm files in the installed package. Imported by the command line and tests only. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

export function nodeWasmPaths(): string {
  return `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
}
