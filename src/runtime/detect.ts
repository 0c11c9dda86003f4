/** Which backends this device has, what they run on, and why one is missing. Loads no runtime. */
import type { BackendId, BackendInfo, LiteRtBackendId } from './backend';
import { TFJS_BACKEND_IDS } from '../lib/backend-order';

export const LITERT_BACKEND_IDS: readonly LiteRtBackendId[] = ['litert-webgpu', 'litert-webnn', 'litert-wasm'];
export const BACKEND_IDS: readonly BackendId[] = [...TFJS_BACKEND_IDS, ...LITERT_BACKEND_IDS];

export function isLiteRt(id: BackendId): id is LiteRtBackendId {
  return (LITERT_BACKEND_IDS as readonly BackendId[]).includes(id);
}

export function listBackends(): Promise<BackendInfo[]> {
  return Promise.all(BACKEND_IDS.map(describeBackend));
}

export async function describeBackend(id: BackendId): Promise<BackendInfo> {
  switch (id) {
    case 'webgpu':
      return describeWebgpu();
    case 'webgl':
      return describeWebgl();
    case 'wasm':
      return hasSimd()
        ? present('wasm', 'WebAssembly with SIMD')
        : missing('wasm', 'This browser has no WebAssembly SIMD; Chrome 91, Firefox 89, Safari 16.4 and later have it.');
    case 'cpu':
      return present('cpu', 'JavaScript');
    case 'litert-wasm':
      return hasSimd()
        ? present('litert-wasm', 'XNNPACK on WebAssembly')
        : missing('litert-wasm', 'This browser has no WebAssembly SIMD; Chrome 91, Firefox 89, Safari 16.4 and later have it.');
    case 'litert-webgpu':
      // Its kernels are timed from outside: the device is LiteRT's own.
      return { ...(await describeWebgpu()), id: 'litert-webgpu', timestamps: false };
    case 'litert-webnn':
      return describeWebnn();
    default: {
      const never: never = id;
      return never;
    }
  }
}

/** Adapters that compute on the processor: right numbers, and timings that say nothing about a GPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|microsoft basic render|software/i;

async function describeWebgpu(): Promise<BackendInfo> {
  const gpu = typeof navigator === 'undefined' ? undefined : (navigator as { gpu?: GPU }).gpu;
  if (!gpu) {
    return missing('webgpu', isNode() ? 'Node has no WebGPU; open the page in a browser.' : 'This browser offers no WebGPU here; Chrome or Edge 113, Safari 26 and Firefox 141 or later do, on https or localhost.');
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) {
    return missing('webgpu', 'The browser has WebGPU but found no graphics adapter for it; turn on hardware acceleration in its settings, or update the graphics driver.');
  }
  const { vendor, architecture, device, description } = adapter.info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'WebGPU adapter';
  const software = SOFTWARE.test([vendor, architecture, device, description].join(' ')) || adapter.info.isFallbackAdapter === true;
  return { ...present('webgpu', name), software, timestamps: adapter.features.has('timestamp-query') };
}

async function describeWebnn(): Promise<BackendInfo> {
  const ml = typeof navigator === 'undefined' ? undefined : (navigator as { ml?: { createContext(): Promise<{ destroy?(): void }> } }).ml;
  if (!ml) {
    return missing('litert-webnn', isNode() ? 'Node has no WebNN; open the page in a browser.' : 'This browser has no WebNN; Chrome and Edge have it behind the flag "Enables WebNN API" (chrome://flags/#web-machine-learning-neural-network).');
  }
  const context = await ml.createContext().catch(() => null);
  if (!context) return missing('litert-webnn', 'The browser has WebNN but not for this system; take another backend.');
  context.destroy?.();
  return present('litert-webnn', 'WebNN');
}

function describeWebgl(): BackendInfo {
  const canvas = typeof OffscreenCanvas !== 'undefined' ? new OffscreenCanvas(1, 1) : typeof document !== 'undefined' ? document.createElement('canvas') : null;
  if (!canvas) return missing('webgl', isNode() ? 'Node has no WebGL; open the page in a browser.' : 'This browser has no OffscreenCanvas, which WebGL in a worker needs; update it.');
  const context = canvas.getContext('webgl2') as WebGL2RenderingContext | null;
  if (!context) return missing('webgl', 'The browser gives no WebGL 2 context; turn on hardware acceleration in its settings, or update the graphics driver.');
  try {
    if (!context.getExtension('EXT_color_buffer_float')) {
      return missing('webgl', 'This graphics adapter cannot write float textures (EXT_color_buffer_float); take WebGPU or wasm.');
    }
    const names = context.getExtension('WEBGL_debug_renderer_info');
    const name = String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER));
    return { ...present('webgl', name), software: SOFTWARE.test(name) };
  } finally {
    // Browsers keep few contexts alive; this one has told its name.
    context.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

function present(id: BackendId, adapter: string): BackendInfo {
  return { id, available: true, adapter, software: false, reason: '', timestamps: false };
}

function missing(id: BackendId, reason: string): BackendInfo {
  return { id, available: false, adapter: '', software: false, reason, timestamps: false };
}

function isNode(): boolean {
  return typeof process !== 'undefined' && Boolean(process.versions?.node);
}

/** A module of one function with one SIMD instruction (`i32.const 0; i8x16.splat; drop`). */
function hasSimd(): boolean {
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11];
  return typeof WebAssembly !== 'undefined' && WebAssembly.validate(Uint8Array.from(bytes));
}
