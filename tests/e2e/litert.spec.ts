/**
 * LiteRT in a module worker of a real browser, under the page's own security policy, against what its Python interpreter
 * recorded for the same files and inputs.
 */
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { servePage, type ServedPage } from './serve-page';
import { contentSecurityPolicy } from '../../scripts/headers.mjs';
import { bordersOf, type Recorded } from '../runtime/litert/files';
import type { LiteRtBackendId } from '../../src/runtime/backend';
import type { AskLiteRt } from './pages/litert/litert';
import type { LiteRtAnswer, LiteRtQuestion } from './pages/litert/litert.worker';

/** Floats are summed in another order. */
const TOLERANCE = 1e-6;

const fixture = (name: string) => readFileSync(new URL(`../runtime/litert/fixtures/${name}`, import.meta.url));
const recorded = JSON.parse(fixture('recorded.json').toString()) as Record<'float' | 'int8', Recorded>;

let server: ServedPage;
test.beforeAll(async () => {
  server = await servePage('litert', { headers: { 'Content-Security-Policy': contentSecurityPolicy } });
});
test.afterAll(() => server.close());
test.beforeEach(({ page }) => page.goto(server.address));

const ask = (page: Page, question: LiteRtQuestion): Promise<LiteRtAnswer> =>
  page.evaluate((what) => (window as unknown as { askLiteRt: AskLiteRt }).askLiteRt(what), question);

function questionOf(name: keyof typeof recorded, backend: LiteRtBackendId): LiteRtQuestion {
  const { inputs, runs } = recorded[name];
  return {
    kind: 'run',
    backend,
    file: [...fixture(`${name}.tflite`)],
    borders: bordersOf(recorded[name], ['picture'], ['output_0']),
    shape: inputs[0]!.shape,
    feeds: runs.map((run) => run.inputs[0]!),
  };
}

for (const backend of ['litert-wasm', 'litert-webgpu'] as const) {
  test(`a float and an int8 file give Python's numbers on ${backend}`, async ({ page }) => {
    for (const name of ['float', 'int8'] as const) {
      const { error, outputs, stepped, alive } = await ask(page, questionOf(name, backend));
      expect(error).toBeUndefined();
      const wanted = recorded[name].runs.map((run) => run.outputs[0]!);
      const differences = wanted.flatMap((numbers, i) => numbers.map((number, k) => Math.abs(number - outputs![i]![k]!)));
      expect(differences).toHaveLength(40);
      expect(Math.max(...differences), name).toBeLessThanOrEqual(name === 'int8' ? 0 : TOLERANCE);
      expect(stepped).toEqual(outputs![0]);
      expect(alive).toBe(0);
    }
  });
}

test('both run in one worker, on one LiteRT', async ({ page }) => {
  const first = await ask(page, questionOf('int8', 'litert-wasm'));
  const second = await ask(page, questionOf('int8', 'litert-webgpu'));
  expect(first.error ?? second.error).toBeUndefined();
  expect(second.outputs).toEqual(first.outputs);
});

test('the list of backends says what LiteRT runs on, and downloads nothing for it', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  const { backends } = await ask(page, { kind: 'backends' });
  expect(backends!.filter(({ id }) => id.startsWith('litert-')).map(({ id, available }) => [id, available])).toEqual([
    ['litert-webgpu', true], ['litert-webnn', false], ['litert-wasm', true],
  ]);
  expect(backends!.find(({ id }) => id === 'litert-webnn')!.reason).toContain('no WebNN');
  expect(fetched.filter((address) => /litert_wasm/.test(address))).toEqual([]);
});

test('a lost device rejects the run', async ({ page }) => {
  expect((await ask(page, questionOf('int8', 'litert-webgpu'))).error).toBeUndefined();
  await ask(page, { kind: 'lose device' });
  const { error, outputs } = await ask(page, questionOf('int8', 'litert-webgpu'));
  expect(outputs).toBeUndefined();
  expect(error!.name).toBe('BackendError');
  expect(error!.message).toMatch(/lost/);
});
