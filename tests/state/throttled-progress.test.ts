import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../src/lib/progress';
import { throttledProgress } from '../../src/state/throttled-progress';

const at = (fraction: number): Progress => ({ stage: 'work', fraction });

describe('throttled progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets the first through at once, the latest at the pace, and drops what lies between', () => {
    const seen: (number | null)[] = [];
    const report = throttledProgress(({ fraction }) => seen.push(fraction));
    for (const fraction of [0.1, 0.2, 0.3]) report(at(fraction));
    expect(seen).toEqual([0.1]);
    vi.advanceTimersByTime(100);
    expect(seen).toEqual([0.1, 0.3]);
    vi.advanceTimersByTime(1000);
    report(at(1));
    expect(seen).toEqual([0.1, 0.3, 1]);
  });
});
