import { useMemo } from 'react';

/** Equal plain data (finite numbers, texts, booleans, null) keep one identity: what is drawn from them is not drawn again. */
export function useStable<T>(value: T): T {
  const text = JSON.stringify(value);
  return useMemo(() => JSON.parse(text) as T, [text]);
}
