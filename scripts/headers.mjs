// The headers every server of Whittle sends, stated once: the local server, Vite's dev and preview servers and the
// built page's meta element all read them here.

/** Cross-origin isolation: SharedArrayBuffer, and clock steps of 5 µs instead of 100 µs when measuring latency. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Nothing but this origin, with four exceptions:
 * - 'wasm-unsafe-eval': the WASM backend, HDF5 and Brotli are WebAssembly;
 * - blob: workers, images and fetches: a dropped file becomes a blob address;
 * - connect-src https: only because a model may be opened from an address the person pastes. Nothing is ever sent;
 * - inline styles: charts and popovers set their computed place.
 */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' https: blob: data:",
  "img-src 'self' blob: data:",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
