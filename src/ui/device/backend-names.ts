/** Proper names, the same in every language. */
import type { BackendId } from '../../runtime/backend';

export const backendNames: Readonly<Record<BackendId, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WASM',
  cpu: 'JavaScript',
  'litert-wasm': 'LiteRT WASM',
  'litert-webgpu': 'LiteRT WebGPU',
  'litert-webnn': 'LiteRT WebNN',
};
