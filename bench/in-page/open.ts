/** A built page of a benchmark, served as the product is and opened in Chromium. */
import { resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright';
import { build, preview } from 'vite';
import { chromiumFlags, installedChromium } from '../../scripts/chromium.mjs';
import { isolationHeaders } from '../../scripts/headers.mjs';

interface BuiltPage {
  readonly browser: Browser;
  /** One of its own for each thing that is timed, so that nothing is left of what came before. */
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

/** `folder`: of its index.html, under bench/. */
export async function openBuiltPage(folder: string): Promise<BuiltPage> {
  const shared = { root: resolve('bench', folder), configFile: false, logLevel: 'error' } as const;
  const outDir = resolve('.cache', 'bench', folder);
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 }, worker: { format: 'es' } });
  const server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: isolationHeaders } });
  const executablePath = installedChromium();
  const browser = await chromium.launch({ args: chromiumFlags.webgpu, ...(executablePath ? { executablePath } : {}) });
  return {
    browser,
    async newPage() {
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      await page.goto(server.resolvedUrls!.local[0]!);
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
