// The page: React in the window, the engine in a module worker, cross-origin isolated in every server.
import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { contentSecurityPolicy, isolationHeaders } from './scripts/headers.mjs';

export default defineConfig({
  base: './', // the built page works in any folder of any host
  plugins: [react(), securityPolicyInPage(), listModulesOfChunks(), noticesBesidePage()],
  build: {
    target: 'es2022',
    license: { fileName: 'third-party-licenses.md' },
    manifest: true, // scripts/check-first-load.mjs reads it
    chunkSizeWarningLimit: 3000, // kB; the engine's own chunks are large and lazy, the first load has its own check
  },
  worker: { format: 'es' },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  optimizeDeps: {
    // What the worker imports. Found late, these make the dev server reload the page.
    include: [
      '@litertjs/core',
      '@litertjs/core/wasm/litert_wasm_compat_internal.js',
      '@litertjs/core/wasm/litert_wasm_internal.js',
      '@litertjs/core/wasm/litert_wasm_jspi_internal.js',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-converter',
      '@tensorflow/tfjs-layers',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-backend-webgpu',
      'comlink',
      'fflate',
      'flatbuffers',
      'h5wasm',
    ],
    exclude: ['brotli-wasm'], // it finds its .wasm file beside itself
  },
});

/** The policy also travels inside the built page, for hosts that send no such header. */
function securityPolicyInPage(): Plugin {
  return {
    name: 'security-policy-in-page',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy }, injectTo: 'head-prepend' },
    ],
  };
}

/** Notes which modules each chunk holds, so that the build can prove what the first load does not hold. */
function listModulesOfChunks(): Plugin {
  return {
    name: 'list-modules-of-chunks',
    apply: 'build',
    generateBundle(_options, bundle) {
      const modules: Record<string, string[]> = {};
      for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') modules[chunk.fileName] = Object.keys(chunk.modules);
      this.emitFile({ type: 'asset', fileName: '.vite/modules.json', source: JSON.stringify(modules, null, 1) });
    },
  };
}

/** The licence of Whittle and the notices of the fonts and data travel with the built page. */
function noticesBesidePage(): Plugin {
  return {
    name: 'notices-beside-page',
    apply: 'build',
    generateBundle() {
      for (const name of ['LICENSE', 'NOTICE']) {
        this.emitFile({ type: 'asset', fileName: `${name}.txt`, source: readFileSync(new URL(name, import.meta.url), 'utf8') });
      }
    },
  };
}
