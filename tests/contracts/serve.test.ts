// The local server: what it sends, and what it never gives away.
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileServer, safePath } from '../../scripts/serve.mjs';

let home = '';
let server: Server;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'whittle-serve-'));
  mkdirSync(join(home, 'page', 'assets'), { recursive: true });
  writeFileSync(join(home, 'secret.txt'), 'secret');
  writeFileSync(join(home, 'page', '.hidden'), 'hidden');
  writeFileSync(join(home, 'page', 'index.html'), '<!doctype html>');
  writeFileSync(join(home, 'page', 'assets', 'engine.wasm'), 'wasm');
  writeFileSync(join(home, 'page', 'model.keras'), 'keras');
  symlinkSync(join(home, 'secret.txt'), join(home, 'page', 'link.txt'));
  server = createFileServer(join(home, 'page'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true });
});

/** Node's own request keeps the path as it is; fetch would tidy the dots away. */
function get(path: string, method = 'GET'): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

describe('the local server', () => {
  it('serves the page isolated and under a policy that names this origin', async () => {
    const { status, headers, body } = await get('/');
    expect(status).toBe(200);
    expect(body).toBe('<!doctype html>');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).not.toContain("'unsafe-eval'");
  });

  it.each([
    ['/assets/engine.wasm', 'application/wasm'],
    ['/model.keras', 'application/octet-stream'],
    ['/index.html?a=1', 'text/html; charset=utf-8'],
  ])('gives %s its type', async (path, type) => {
    const { status, headers } = await get(path);
    expect([status, headers['content-type']]).toEqual([200, type]);
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/assets/..%5c..%5csecret.txt', '/.hidden', '/link.txt', '/%00', '/%E0%A4%A', '/assets', '/gone.js'])(
    'refuses %s',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(body).not.toMatch(/^(secret|hidden)$/);
    },
  );

  it('answers GET and HEAD only', async () => {
    expect((await get('/', 'POST')).status).toBe(405);
    const head = await get('/', 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it('decodes an address before it judges it', () => {
    expect(safePath('/a%20b.bin')).toBe('/a b.bin');
    expect(safePath('/a/%2e%2e/b')).toBeUndefined();
  });
});
