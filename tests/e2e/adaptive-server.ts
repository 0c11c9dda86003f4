/** Exports an adaptive module by the command line, and serves it beside a page and the libraries that it is given. */
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = join(root, 'node_modules');

export const moduleFolder = join(root, '.cache', 'adaptive-module');

const places: Readonly<Record<string, string>> = {
  '/module/': moduleFolder,
  '/vendor/tfjs/': join(packages, '@tensorflow/tfjs/dist'),
  '/vendor/tfjs-backend-wasm/': join(packages, '@tensorflow/tfjs-backend-wasm/dist'),
  '/vendor/tfjs-backend-webgpu/': join(packages, '@tensorflow/tfjs-backend-webgpu/dist'),
  '/vendor/litert/': join(packages, '@litertjs/core/dist'),
  '/vendor/litert-wasm/': join(packages, '@litertjs/core/wasm'),
  '/vendor/litert-utils/': join(packages, '@litertjs/wasm-utils/dist'),
  '/': join(root, 'tests/e2e/pages/adaptive'),
};

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };

/** The ladder of the two sample models, for TensorFlow.js and LiteRT. */
export function exportModule(): void {
  const samples = join(root, 'public/samples');
  const program = join(root, 'dist-cli/whittle.js');
  const words = ['export', join(samples, 'fashion_cnn.keras'), '--ladder', join(samples, 'fashion_mobile.keras'), '--format', 'both', '--adaptive', moduleFolder];
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`whittle export failed: ${stderr}`);
}

export interface ModuleServer {
  readonly address: string;
  close(): void;
}

export async function serveModule(): Promise<ModuleServer> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0]!));
    const [prefix, folder] = Object.entries(places).find(([start]) => path.startsWith(start))!;
    const file = join(folder, path.slice(prefix.length) || 'index.html');
    const isThere = file.startsWith(folder + sep) && existsSync(file) && statSync(file).isFile();
    response.writeHead(isThere ? 200 : 404, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
    if (isThere) createReadStream(file).pipe(response);
    else response.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { address: `http://localhost:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}
