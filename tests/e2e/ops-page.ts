/** Builds and serves the operators' test page, which is no part of the product's build. */
import type { Page } from '@playwright/test';
import type { Answer, Question } from './pages/ops/ops.worker';
import type { Ask } from './pages/ops/ops';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { isolationHeaders } from '../../scripts/headers.mjs';

const source = fileURLToPath(new URL('./pages/ops/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));

export interface OpsPage {
  readonly address: string;
  close(): Promise<void>;
}

/** `name` keeps pages that are built at the same time apart. */
export async function serveOpsPage(name: string): Promise<OpsPage> {
  const outDir = `${root}.cache/ops-page-${name}`;
  const shared = { root: source, configFile: false, logLevel: 'error' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 }, worker: { format: 'es' } });
  const server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: isolationHeaders } });
  return { address: server.resolvedUrls!.local[0]!, close: () => server.close() };
}

/** Asks the page's worker, outside the limits of a single `evaluate`. */
export function ask(page: Page, question: Question): Promise<Answer> {
  return page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), question);
}
