/**
 * Places buffers with lifetimes in one block, as the GreedyMemoryPlanner of TensorFlow Lite Micro does: the largest first,
 * each in the lowest gap that is free for as long as it lives.
 * https://github.com/tensorflow/tflite-micro/blob/main/tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc
 */
export interface Occupancy {
  readonly nbytes: number;
  /** Steps, both included. */
  readonly first: number;
  readonly last: number;
}

/** Bytes of the block. Among equal sizes the last given goes first, as there. */
export function planGreedily(buffers: readonly Occupancy[]): number {
  const placed: { readonly offset: number; readonly buffer: Occupancy }[] = [];
  for (const buffer of buffers.toReversed().sort((a, b) => b.nbytes - a.nbytes)) {
    let offset = 0;
    for (const other of placed.filter(({ buffer: { first, last } }) => first <= buffer.last && buffer.first <= last)) {
      if (other.offset - offset >= buffer.nbytes) break;
      offset = Math.max(offset, other.offset + other.buffer.nbytes);
    }
    const behind = placed.findIndex((other) => other.offset > offset);
    placed.splice(behind < 0 ? placed.length : behind, 0, { offset, buffer });
  }
  return placed.reduce((nbytes, { offset, buffer }) => Math.max(nbytes, offset + buffer.nbytes), 0);
}
