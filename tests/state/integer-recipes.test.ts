import { beforeEach, describe, expect, it } from 'vitest';
import { makeStep } from '../../src/passes/recipe';
import { useExport } from '../../src/state/export-store';
import { followIntegers, makesIntegers } from '../../src/state/integer-recipes';
import { dismissAllNotices, useNotices } from '../../src/state/notices-store';
import { emptySession, useSession } from '../../src/state/session-store';
import { mockEngine } from '../e2e/mock-engine/mock-engine';

const recipeOf = (...steps: ReturnType<typeof makeStep>[]) => ({ version: 1 as const, steps });
const integers = recipeOf(makeStep('quantize-integer'));
const dynamicRange = recipeOf(makeStep('quantize-integer', { activations: 'float' }));
const switchedOff = recipeOf({ ...makeStep('quantize-integer'), enabled: false });

describe('recipes of integers', () => {
  beforeEach(async () => {
    const model = await mockEngine('plain').open([], () => {});
    useSession.setState({ ...emptySession, model });
    useExport.setState({ format: 'keras', options: {}, verified: null });
    dismissAllNotices();
  });

  it('are those that make integers of activations, while they are switched on', () => {
    expect([integers, dynamicRange, switchedOff, recipeOf()].map(makesIntegers)).toEqual([true, false, false, false]);
  });

  it('take the export to TensorFlow Lite, and say so once', () => {
    followIntegers(integers);
    followIntegers(integers);
    expect(useExport.getState().format).toBe('tflite');
    expect(useNotices.getState().notices.map((notice) => notice.key)).toEqual(['notice.integersInTflite']);
  });

  it('leave the export alone where TensorFlow Lite cannot hold the model, and without integers', () => {
    followIntegers(dynamicRange);
    expect(useExport.getState().format).toBe('keras');
    const model = useSession.getState().model!;
    useSession.setState({ model: { ...model, exports: { ...model.exports, tflite: 'It has no such layer.' } } });
    followIntegers(integers);
    expect(useExport.getState().format).toBe('keras');
    expect(useNotices.getState().notices).toEqual([]);
  });
});
