/** Packs the weights of a TensorFlow.js model into shards, one after another, without alignment. */
import type { WrittenFile } from './format';

/** The converter's own, which browsers' caches keep. */
const SHARD_NBYTES = 4 * 1024 * 1024;

export function shardsOf(parts: readonly Uint8Array[]): WrittenFile[] {
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const count = Math.max(Math.ceil(total / SHARD_NBYTES), 1);
  const shards = Array.from({ length: count }, (_, k) => ({
    name: `group1-shard${k + 1}of${count}.bin`,
    bytes: new Uint8Array(Math.min(SHARD_NBYTES, total - k * SHARD_NBYTES)),
  }));
  let position = 0;
  for (const part of parts) {
    let taken = 0;
    while (taken < part.byteLength) {
      const shard = shards[Math.floor(position / SHARD_NBYTES)]!.bytes;
      const offset = position % SHARD_NBYTES;
      const size = Math.min(shard.byteLength - offset, part.byteLength - taken);
      shard.set(part.subarray(taken, taken + size), offset);
      taken += size;
      position += size;
    }
  }
  return shards;
}
