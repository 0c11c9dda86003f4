/** An order of boxes in which each comes after those that it reads, as near to the given one as that allows. */

export interface Order {
  readonly order: readonly number[];
  /** Boxes that wait for each other, in a circle; null: there is no such circle, and the order is complete. */
  readonly cycle: readonly number[] | null;
}

/** `before[i]` are the boxes that box i reads. Walks without recursion: a chain may be thousands of boxes long. */
export function topologicalOrder(before: readonly (readonly number[])[]): Order {
  const order: number[] = [];
  const state = new Uint8Array(before.length);
  for (let root = 0; root < before.length; root++) {
    if (state[root] !== UNSEEN) continue;
    const path: { box: number; next: number }[] = [{ box: root, next: 0 }];
    state[root] = OPEN;
    while (path.length > 0) {
      const top = path.at(-1)!;
      const read = before[top.box]![top.next++];
      if (read === undefined) {
        state[top.box] = DONE;
        order.push(top.box);
        path.pop();
      } else if (state[read] === OPEN) {
        return { order, cycle: path.slice(path.findIndex(({ box }) => box === read)).map(({ box }) => box) };
      } else if (state[read] === UNSEEN) {
        state[read] = OPEN;
        path.push({ box: read, next: 0 });
      }
    }
  }
  return { order, cycle: null };
}

const UNSEEN = 0;
const OPEN = 1;
const DONE = 2;
