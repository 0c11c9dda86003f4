/**
 * Draws a large region piece by piece, so that the window answers in between: 0 in the first drawing, then one more after
 * each, up to `count`.
 */
import { startTransition, useEffect, useState } from 'react';

/** Leaves room for input and a frame between two pieces. A timer, because a hidden tab draws no frames. */
const PAUSE_MS = 8;

export function useSteps(count: number): number {
  const [step, setStep] = useState(0);
  useEffect(() => {
    if (step >= count) return undefined;
    const timer = setTimeout(() => startTransition(() => setStep(step + 1)), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [step, count]);
  return step;
}
