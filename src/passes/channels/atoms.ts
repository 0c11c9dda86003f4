/**
 * Channels as atoms: every index of an axis that a weight gives starts as an atom of its own, and atoms that cannot be removed
 * without each other are joined (a union-find). An atom that must stay carries the reason, for all that are joined with it.
 */

/** The atom at each index of an axis. */
export type Labels = Int32Array;

export interface Atoms {
  fresh(count: number): Labels;
  join(a: number, b: number): void;
  /** What joined atoms have in common. */
  rootOf(atom: number): number;
  /** The first reason stays. */
  freeze(atom: number, reason: string): void;
  reasonOf(atom: number): string | undefined;
  readonly count: number;
}

export function createAtoms(): Atoms {
  const parents: number[] = [];
  const reasons = new Map<number, string>();
  const rootOf = (atom: number): number => {
    let root = atom;
    while (parents[root] !== root) root = parents[root]!;
    for (let at = atom; parents[at] !== root; ) {
      const next = parents[at]!;
      parents[at] = root;
      at = next;
    }
    return root;
  };
  return {
    fresh(count) {
      const first = parents.length;
      for (let i = 0; i < count; i++) parents.push(first + i);
      return Int32Array.from({ length: count }, (_, i) => first + i);
    },
    join(a, b) {
      const [first, second] = [rootOf(a), rootOf(b)];
      if (first === second) return;
      const [root, child] = first < second ? [first, second] : [second, first];
      parents[child] = root;
      const reason = reasons.get(root) ?? reasons.get(child);
      reasons.delete(child);
      if (reason !== undefined) reasons.set(root, reason);
    },
    rootOf,
    freeze(atom, reason) {
      const root = rootOf(atom);
      if (!reasons.has(root)) reasons.set(root, reason);
    },
    reasonOf: (atom) => reasons.get(rootOf(atom)),
    get count() {
      return parents.length;
    },
  };
}
