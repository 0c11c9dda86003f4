// The page: React in the window, the engine in a module worker, cross-origin isolated in every server.
import { readdirSync, readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { adaptiveModule } from './scripts/adaptive-module.mjs';
import { contentSecurityPolicy, isolationHeaders } from './scripts/headers.mjs';

export default defineConfig({
  base: './', // the built page works in any folder of any host
  plugins: [react(), securityPolicyInPage(), listModulesOfChunks(), noticesBesidePage(), licensesOfWorker()],
  build: {
    target: 'es2022',
    license: { fileName: 'third-party-licenses.md' },
    manifest: true, // scripts/check-first-load.mjs reads it
    chunkSizeWarningLimit: 3000, // kB; the engine's own chunks are large and lazy, the first load has its own check
  },
  worker: { format: 'es', plugins: () => [adaptiveModule(), notePackagesOfWorker()] },
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

/** Folders of the packages in the worker's chunks. Vite's own list of licences covers the page's chunks alone. */
const workerPackages = new Set<string>();

function notePackagesOfWorker(): Plugin {
  return {
    name: 'note-packages-of-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const id of Object.keys(chunk.modules)) {
          const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
          if (folder && !id.startsWith('\0')) workerPackages.add(folder);
        }
      }
    },
  };
}

/** Runs after the worker's bundle, which is made while the page's modules are transformed. */
function licensesOfWorker(): Plugin {
  return {
    name: 'licenses-of-worker',
    apply: 'build',
    generateBundle() {
      if (workerPackages.size === 0) throw new Error('The worker holds no package, so its list of licences would be empty.');
      const source = ['# Licenses of the libraries in the worker', ...[...workerPackages].sort().map(licenseOf)].join('\n\n');
      this.emitFile({ type: 'asset', fileName: 'third-party-licenses-worker.md', source });
    },
  };
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<'name' | 'version' | 'license', string>;
  const file = readdirSync(folder).find((one) => /^(licen[cs]e|copying)/i.test(one));
  // LICENSE.txt lies beside the page and is Apache-2.0's text.
  const text = file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : `The package brings no text of its licence.${license.includes('Apache-2.0') ? ' Apache-2.0 is in LICENSE.txt.' : ''}`;
  return `## ${name} - ${version} (${license})\n\n${text}`;
}
