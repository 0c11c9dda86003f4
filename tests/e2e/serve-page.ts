/** Builds and serves a page of `pages/`, which are no part of the product's build. */
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { isolationHeaders } from '../../scripts/headers.mjs';

export interface ServedPage {
  readonly address: string;
  close(): Promise<void>;
}

/** `builtAs` keeps builds of one page that are made at the same time apart; `headers` come beside those of isolation. */
export async function servePage(name: string, { builtAs = name, headers = {} }: { builtAs?: string; headers?: Readonly<Record<string, string>> } = {}): Promise<ServedPage> {
  const outDir = fileURLToPath(new URL(`../../.cache/${builtAs}-page`, import.meta.url));
  const shared = { root: fileURLToPath(new URL(`./pages/${name}/`, import.meta.url)), configFile: false, logLevel: 'error' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 }, worker: { format: 'es' } });
  const server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: { ...isolationHeaders, ...headers } } });
  return { address: server.resolvedUrls!.local[0]!, close: () => server.close() };
}
