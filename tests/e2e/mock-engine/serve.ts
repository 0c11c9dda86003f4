/** Serves the page with the mock engine, apart from the built page that the other browser tests use. */
import react from '@vitejs/plugin-react';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'vite';

export interface MockServer {
  readonly address: string;
  close(): Promise<void>;
}

export async function serveMockPage(): Promise<MockServer> {
  const server = await createServer({
    configFile: false,
    root: process.cwd(),
    cacheDir: join(tmpdir(), `whittle-mock-page-${process.pid}`),
    logLevel: 'error',
    plugins: [react()],
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    optimizeDeps: {
      entries: ['tests/e2e/mock-engine/page.ts', 'src/ui/**/*.tsx', '!src/worker/**'],
      // Found late, these would reload the page in the middle of a test.
      include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'recharts', 'lucide-react', 'fflate'],
    },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0];
  if (!url) throw new Error('The mock page’s server has no address.');
  return { address: `${url}tests/e2e/mock-engine/index.html`, close: () => server.close() };
}
