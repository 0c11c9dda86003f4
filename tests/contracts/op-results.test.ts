/** Every case of every operator, on the backends that Node has, against TensorFlow.js's own results. */
import type { Backend } from '../../src/runtime/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { fusionCases } from './fusion-cases';
import { allCases, runCase, runFusionCase } from './op-oracle';

/** float32 arithmetic in another order; the whole models keep to the same. */
const TOLERANCE = 1e-5;

configureWasm(nodeWasmPaths());

describe.each(['cpu', 'wasm'] as const)('results on %s', (id) => {
  let backend: Backend;
  let largest = { name: '', difference: 0 };
  beforeAll(async () => {
    backend = await createBackend(id);
  });
  afterAll(() => console.info(`${id}: ${allCases.length} cases, largest relative difference ${largest.difference.toExponential(1)} (${largest.name})`));

  it.each(allCases.map((one) => [`${one.opCase.op}: ${one.opCase.name}`, one] as const))('%s', async (_name, one) => {
    const result = await runCase(one, backend);
    if (result.difference > largest.difference) largest = result;
    expect(result.types).toEqual(result.wantedTypes);
    expect(result.difference).toBeLessThanOrEqual(TOLERANCE);
    expect(result.leaked).toBe(0);
  });

  it.each(fusionCases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    expect(await runFusionCase(one, backend)).toBeLessThanOrEqual(TOLERANCE);
  });
});
