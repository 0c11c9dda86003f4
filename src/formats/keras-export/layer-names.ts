/** Names for layers: unique, and of characters that every Keras takes. */

export interface LayerNames {
  /** A free name as near to the wishes as can be, the first that is free. */
  claim(...wishes: readonly string[]): string;
}

export function createLayerNames(): LayerNames {
  const taken = new Set<string>();
  return {
    claim(...wishes) {
      const clean = wishes.map(cleanName);
      let name = clean.find((wish) => !taken.has(wish));
      for (let i = 1; name === undefined; i++) {
        const next = `${clean[0]!}_${i}`;
        if (!taken.has(next)) name = next;
      }
      taken.add(name);
      return name;
    },
  };
}

/** Keras 2 makes a TensorFlow scope of the name, Keras 3 refuses slashes. */
function cleanName(wish: string): string {
  const clean = wish.replace(/:\d+$/, '').replace(/[^A-Za-z0-9_.-]/g, '_');
  return /^[A-Za-z0-9]/.test(clean) ? clean : `layer${clean}`;
}
