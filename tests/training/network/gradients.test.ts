/** The gradient of every operator's case on the backends that Node has; the browser's are tested in tests/e2e. */
import { beforeAll, describe, expect, it } from 'vitest';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { gradientCases, prepareGradients, runGradientCase } from './gradient-oracle';
import { GRADIENT_TOLERANCE } from './gradient-tolerance';

configureWasm(nodeWasmPaths());

describe.each(['cpu', 'wasm'] as const)('gradients on %s', (backend) => {
  beforeAll(() => prepareGradients(backend));

  it.each(gradientCases(backend).map((one) => [`${one.op}: ${one.name}`, one] as const))('%s', async (_name, opCase) => {
    const result = await runGradientCase(opCase, backend);
    expect(result.shapes).toBe(result.wantedShapes);
    expect(result.leaked).toBe(0);
    expect(result.best).toBeLessThan(GRADIENT_TOLERANCE);
    expect(result.middle).toBeLessThan(GRADIENT_TOLERANCE);
  });
});
