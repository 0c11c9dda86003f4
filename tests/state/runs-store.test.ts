import { beforeEach, describe, expect, it } from 'vitest';
import { makeStep } from '../../src/passes/recipe';
import { pointKey } from '../../src/state/point-key';
import { findRun, forgetData, pinRun, recordResult, resetRuns, type Quality } from '../../src/state/runs-store';

const plain = { version: 1 as const, steps: [makeStep('prune-magnitude')] };
const calibrated = { version: 1 as const, steps: [makeStep('quantize-integer')] };
const cost = { parameters: 0, nbytes: 0, macs: 0, peakActivationBytes: 0, nodes: [] };
const quality: Quality = { kind: 'fidelity', report: { count: 10, agreement: 0.99, sqnrDb: 40, largestDifference: 0.1 } };
const sizes = { tflite: { format: 'tflite' as const, report: { raw: 10, gzip: 9, brotli: 8, brotliQuality: 11 } } };

describe('other data', () => {
  beforeEach(() => {
    resetRuns();
    for (const recipe of [plain, calibrated]) recordResult(pointKey(recipe), recipe, { cost, sizes, quality });
    pinRun(pointKey(calibrated), true);
    forgetData();
  });

  it('leave of a recipe that looks at none all but its quality', () => {
    const run = findRun(pointKey(plain));
    expect(run?.sizes).toEqual(sizes);
    expect(run?.cost).toBe(cost);
    expect(run?.quality).toBeNull();
  });

  it('leave nothing of a recipe that was calibrated on the ones before, but its pin', () => {
    expect(findRun(pointKey(calibrated))).toMatchObject({ cost: null, sizes: {}, quality: null, latency: {}, pinned: true });
  });
});
