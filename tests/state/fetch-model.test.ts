import { afterEach, describe, expect, it, vi } from 'vitest';
import { ignoreProgress } from '../../src/lib/progress';
import { fetchModel, parseAddress } from '../../src/state/fetch-model';

const manifest = JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [] }] });

function serve(files: Record<string, string>): void {
  vi.stubGlobal('fetch', (url: URL) => {
    const body = files[url.pathname];
    return Promise.resolve(body === undefined ? new Response('', { status: 404 }) : new Response(body));
  });
}

describe('a model from an address', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('comes with the shards that its model.json names', async () => {
    serve({ '/m/model.json': manifest, '/m/a.bin': 'A', '/m/b.bin': 'BB' });
    const files = await fetchModel('https://example.org/m/model.json', ignoreProgress);
    expect(files.map((file) => [file.name, file.blob.size])).toEqual([['model.json', manifest.length], ['a.bin', 1], ['b.bin', 2]]);
  });

  it('names the file that is not there', async () => {
    serve({ '/m/model.json': manifest, '/m/a.bin': 'A' });
    await expect(fetchModel('https://example.org/m/model.json', ignoreProgress)).rejects.toThrow(/404 for b\.bin/);
  });

  it('says what to do when the server lets nobody read', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(fetchModel('https://example.org/m.keras', ignoreProgress)).rejects.toThrow(/example\.org.*CORS.*drop it here/);
  });

  it('refuses what is no web address', () => {
    expect(() => parseAddress('file:///etc/passwd')).toThrow(/cannot be fetched/);
    expect(() => parseAddress('not an address')).toThrow(/not an address/);
  });
});
