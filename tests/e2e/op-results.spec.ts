/**
 * Every case of every operator on the graphics backends, in a module worker of a real browser, against TensorFlow.js's
 * own results on its cpu backend; and the failures that only a real device has.
 */
import type { TfjsBackendId } from '../../src/runtime/backend';
import type { CaseResult } from '../contracts/op-oracle';
import { expect, test } from '@playwright/test';
import { ask, serveOpsPage } from './ops-page';
import type { ServedPage } from './serve-page';

/** float32 sums in another order; a WebGPU driver may also fuse and reassociate within a sum. */
const TOLERANCE: { readonly [I in TfjsBackendId]: number } = { cpu: 1e-5, wasm: 1e-5, webgl: 1e-5, webgpu: 1e-4 };
/** Cases a question, so that progress shows. */
const CASES_AT_ONCE = 40;
/** Shaders of several hundred operators are compiled by a software renderer. */
const TIME_LIMIT_MS = 900_000;

let served: ServedPage;
test.beforeAll(async () => {
  test.setTimeout(TIME_LIMIT_MS);
  served = await serveOpsPage('webgpu');
});
test.afterAll(() => served.close());
test.beforeEach(({ page }) => page.goto(served.address));

for (const backend of ['webgl', 'webgpu'] as const) {
  test(`every operator gives TensorFlow.js's results on ${backend}`, async ({ page }) => {
    test.setTimeout(TIME_LIMIT_MS);
    const results: CaseResult[] = [];
    for (let from = 0, count = Infinity; from < count; from += CASES_AT_ONCE) {
      const answer = await ask(page, { kind: 'cases', backend, from, to: from + CASES_AT_ONCE });
      expect(answer.error).toBeUndefined();
      expect.soft(answer.thrown).toEqual([]);
      count = answer.count!;
      results.push(...answer.results!);
    }
    const isWrong = ({ difference, types, wantedTypes }: CaseResult) => !(difference <= TOLERANCE[backend]) || types.join() !== wantedTypes.join();
    const said = ({ name, difference, types, wantedTypes }: CaseResult) => `${name}: ${difference.toExponential(1)}, ${types.join()} for ${wantedTypes.join()}`;
    expect.soft(results.filter(isWrong).map(said)).toEqual([]);
    expect.soft(results.filter(({ leaked }) => leaked !== 0).map(({ name, leaked }) => `${name}: ${leaked}`)).toEqual([]);
    const worst = results.reduce((a, b) => (b.difference > a.difference ? b : a));
    console.info(`${backend}: ${results.length} cases, largest relative difference ${worst.difference.toExponential(1)} (${worst.name})`);
  });

  test(`bias and activations merge into products on ${backend}`, async ({ page }) => {
    const { error, differences } = await ask(page, { kind: 'fusions', backend });
    expect(error).toBeUndefined();
    expect(differences!.length).toBeGreaterThan(0);
    expect(differences!.filter(([, difference]) => !(difference <= TOLERANCE[backend]))).toEqual([]);
  });
}

for (const backend of ['cpu', 'wasm', 'webgl', 'webgpu'] as const) {
  test(`activations are rounded to their grids, halves to even, on ${backend}`, async ({ page }) => {
    const { error, grids } = await ask(page, { kind: 'grids', backend });
    expect(error).toBeUndefined();
    expect(grids!.length).toBeGreaterThan(4);
    for (const { name, given, wanted } of grids!) expect(given, name).toEqual(wanted);
  });
}

test('all four backends run a net alike and leave nothing behind', async ({ page }) => {
  const reference = await ask(page, { kind: 'net', backend: 'cpu' });
  for (const backend of ['webgpu', 'webgl', 'wasm'] as const) {
    const { error, output, alive } = await ask(page, { kind: 'net', backend });
    expect(error, backend).toBeUndefined();
    const difference = Math.max(...output!.map((value, i) => Math.abs(value - reference.output![i]!)));
    expect(difference, backend).toBeLessThanOrEqual(TOLERANCE[backend]);
    expect(alive![1], backend).toBe(alive![0]);
  }
});

test('the backends are listed with their adapters', async ({ page }) => {
  const { backends } = await ask(page, { kind: 'backends' });
  expect(backends!.map(({ id, available }) => [id, available])).toEqual([
    ['webgpu', true], ['webgl', true], ['wasm', true], ['cpu', true], ['litert-webgpu', true], ['litert-webnn', false], ['litert-wasm', true],
  ]);
  for (const { available, adapter, reason } of backends!) expect([adapter !== '', reason === '']).toEqual([available, available]);
});

test('a shader that does not compile rejects the run instead of giving zeros', async ({ page }) => {
  await ask(page, { kind: 'break shaders' });
  const { error, output } = await ask(page, { kind: 'net', backend: 'webgpu' });
  expect(output).toBeUndefined();
  expect(error!.name).toBe('BackendError');
  expect(error!.message).toMatch(/WebGPU reported an error/);
});

for (const backend of ['webgl', 'webgpu'] as const) {
  test(`a lost ${backend} device rejects the run`, async ({ page }) => {
    await ask(page, { kind: 'net', backend });
    await ask(page, { kind: 'lose device', backend });
    const { error } = await ask(page, { kind: 'net', backend });
    expect(error!.name).toBe('BackendError');
    expect(error!.message).toMatch(/lost/);
  });
}
