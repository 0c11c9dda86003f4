/** A browser as delivered, where WebGPU may be missing: the reason is said, nothing else takes its place. */
import { expect, test } from '@playwright/test';
import { isLiteRt } from '../../src/runtime/detect';
import { ask, serveOpsPage } from './ops-page';
import type { ServedPage } from './serve-page';

let served: ServedPage;
test.beforeAll(async () => {
  served = await serveOpsPage('plain');
});
test.afterAll(() => served.close());

test('a missing backend says why, in the list and when asked for', async ({ page }) => {
  await page.goto(served.address);
  const { backends } = await ask(page, { kind: 'backends' });
  expect(backends!.map(({ id }) => id)).toEqual(['webgpu', 'webgl', 'wasm', 'cpu', 'litert-webgpu', 'litert-webnn', 'litert-wasm']);
  for (const { id, available, reason } of backends!) {
    if (isLiteRt(id)) continue;
    const { error } = await ask(page, { kind: 'create', backend: id });
    expect(available ? undefined : error, id).toEqual(available ? undefined : { name: 'BackendError', message: `The ${id} backend is missing. ${reason}` });
    expect(reason === '', id).toBe(available);
  }
});
