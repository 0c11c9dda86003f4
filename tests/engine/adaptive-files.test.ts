/** The folder of an adaptive module: what it is known by, and which rungs stay on the ladder. */
import { describe, expect, it } from 'vitest';
import { adaptiveFiles } from '../../src/engine/adaptive-files';
import type { AdaptiveRung } from '../../src/engine/adaptive-rung';
import type { Interval } from '../../src/measure/types';

interface Wanted {
  readonly name: string;
  readonly perExampleMs: number;
  readonly accuracy: Interval | null;
  readonly weights?: readonly number[];
}

function rung({ name, perExampleMs, accuracy, weights = [1, 2, 3] }: Wanted): AdaptiveRung {
  return {
    input: { shape: [4], dtype: 'float32' },
    output: { shape: [2], dtype: 'float32' },
    accuracy,
    largestDifference: 0,
    files: [{ name: 'model.json', bytes: new TextEncoder().encode('{}') }, { name: 'weights.bin', bytes: Uint8Array.from(weights) }],
    entry: {
      name,
      accuracy: accuracy?.value ?? null,
      nbytes: 5,
      macs: 100,
      service: { overheadMs: 1, perExampleMs },
      tfjs: { model: 'model.json', weights: ['weights.bin'], input: 'x', output: 'y' },
      litert: null,
      expected: [[0, 1]],
    },
  };
}

const large = rung({ name: 'large', perExampleMs: 4, accuracy: { value: 0.91, low: 0.89, high: 0.93 } });
const small = rung({ name: 'small', perExampleMs: 1, accuracy: { value: 0.92, low: 0.9, high: 0.94 } });

describe('the id of an adaptive module', () => {
  const idOf = (...rungs: readonly AdaptiveRung[]) => adaptiveFiles('model', rungs, null).manifest.id;

  it('is the same for the same files, whatever a clock said', () => {
    const slower = { ...small, entry: { ...small.entry, service: { overheadMs: 1.3, perExampleMs: 1.1 } } };
    expect(idOf(large, slower)).toBe(idOf(large, small));
  });

  it('is another one for other weights of the same size', () => {
    const other = rung({ name: 'small', perExampleMs: 1, accuracy: small.accuracy, weights: [1, 2, 4] });
    expect(idOf(large, other)).not.toBe(idOf(large, small));
  });
});

describe('the ladder', () => {
  it('keeps a rung that differs from a faster one by chance only', () => {
    const { manifest, leftOut } = adaptiveFiles('model', [small, large], null);
    expect(manifest.rungs.map(({ name }) => name)).toEqual(['large', 'small']);
    expect(leftOut).toEqual([]);
  });

  it('leaves out what is slower and beyond doubt less accurate, with both accuracies', () => {
    const poor = rung({ name: 'poor', perExampleMs: 3, accuracy: { value: 0.8, low: 0.77, high: 0.83 } });
    const { manifest, leftOut, files } = adaptiveFiles('model', [large, small, poor], null);
    expect(manifest.rungs.map(({ name }) => name)).toEqual(['large', 'small']);
    expect(leftOut).toEqual([{ name: 'poor', becauseOf: 'small', accuracy: poor.accuracy, betterAccuracy: small.accuracy }]);
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['index.js', 'manifest.json', 'rungs/0/weights.bin', 'rungs/1/model.json']));
  });

  it('keeps what was not measured', () => {
    const unknown = rung({ name: 'unknown', perExampleMs: 6, accuracy: null });
    expect(adaptiveFiles('model', [small, unknown], null).leftOut).toEqual([]);
  });
});
