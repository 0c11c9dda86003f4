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

/** Each buffer is held against all before it. Models for microcontrollers have some hundred; a file may claim half a million. */
const MOST_PLANNED = 8192;

/** Bytes of the block. Among equal sizes the last given goes first, as there. Past MOST_PLANNED the smallest stand behind all others. */
export function planGreedily(buffers: readonly Occupancy[]): number {
  const placed: { readonly offset: number; readonly buffer: Occupancy }[] = [];
  const inOrder = buffers.toReversed().sort((a, b) => b.nbytes - a.nbytes);
  const unplanned = inOrder.slice(MOST_PLANNED).reduce((sum, { nbytes }) => sum + nbytes, 0);
  for (const buffer of inOrder.slice(0, MOST_PLANNED)) {
    let offset = 0;
    for (const other of placed.filter(({ buffer: { first, last } }) => first <= buffer.last && buffer.first <= last)) {
      if (other.offset - offset >= buffer.nbytes) break;
      offset = Math.max(offset, other.offset + other.buffer.nbytes);
    }
    const behind = placed.findIndex((other) => other.offset > offset);
    placed.splice(behind < 0 ? placed.length : behind, 0, { offset, buffer });
  }
  return placed.reduce((nbytes, { offset, buffer }) => Math.max(nbytes, offset + buffer.nbytes), 0) + unplanned;
}
