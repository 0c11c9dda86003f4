/** A cache that forgets what was not used for longest, bounded by the sum of its entries' sizes. */
export interface BoundedCache<T> {
  get(key: string): T | undefined;
  set(key: string, entry: T): void;
  clear(): void;
}

/** `sizeOf` in any unit that `limit` shares; `dropped` is told of every entry that leaves. The newest entry always stays. */
export function createBoundedCache<T>(
  limit: number,
  sizeOf: (entry: T) => number,
  dropped: (entry: T) => void = () => {},
): BoundedCache<T> {
  const entries = new Map<string, { readonly entry: T; readonly size: number }>();
  let total = 0;
  const remove = (key: string): void => {
    const found = entries.get(key);
    if (!found) return;
    entries.delete(key);
    total -= found.size;
    dropped(found.entry);
  };
  return {
    get(key) {
      const found = entries.get(key);
      if (!found) return undefined;
      entries.delete(key);
      entries.set(key, found);
      return found.entry;
    },
    set(key, entry) {
      remove(key);
      const size = sizeOf(entry);
      entries.set(key, { entry, size });
      total += size;
      for (const oldest of entries.keys()) {
        if (total <= limit || oldest === key) break;
        remove(oldest);
      }
    },
    clear() {
      for (const key of entries.keys()) remove(key);
    },
  };
}
