/** A short, stable key for numbers: 53 bits by cyrb53 (public domain), four bytes at a time. For finding again, not for security. */
export function hashBytes(bytes: ArrayBufferView): number {
  let h1 = 0xdeadbeef ^ bytes.byteLength;
  let h2 = 0x41c6ce57 ^ bytes.byteLength;
  const step = (word: number): void => {
    h1 = Math.imul(h1 ^ word, 2654435761);
    h1 ^= h1 >>> 15;
    h2 = Math.imul(h2 ^ word, 1597334677);
    h2 ^= h2 >>> 13;
  };
  const isAligned = bytes.byteOffset % 4 === 0;
  const words = isAligned ? Math.floor(bytes.byteLength / 4) : 0;
  const wide = isAligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, words) : new Uint32Array(0);
  for (let i = 0; i < words; i++) step(wide[i]!);
  const rest = new Uint8Array(bytes.buffer, bytes.byteOffset + words * 4, bytes.byteLength - words * 4);
  for (const byte of rest) step(byte);
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return 4294967296 * (2097151 & h2) + (h1 >>> 0);
}
