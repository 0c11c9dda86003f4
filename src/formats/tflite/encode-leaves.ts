/**
 * The lists and names that tables point at, each distinct one written once, with as little padding between them as their
 * alignments allow: a flatbuffer is written from its end, and a list that must begin at a multiple of 16 is preceded
 * by small ones whose sizes fill the gap before it.
 */
import type { Builder } from 'flatbuffers';

/** One distinct list; `offset` is known once it is written. */
export interface Leaf {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly alignment: 1 | 4 | 8 | 16;
  offset: number;
}

export interface Leaves {
  /** Constants' data, which the schema aligns to 16 bytes. */
  data(bytes: Uint8Array): Leaf;
  bytes(bytes: Uint8Array): Leaf;
  string(text: string): Leaf;
  int32s(values: Iterable<number>): Leaf;
  uint16s(values: Iterable<number>): Leaf;
  int64s(values: Iterable<number>): Leaf;
  floats(values: Iterable<number>): Leaf;
  /** All that were asked for. Must come before any table. */
  write(builder: Builder): void;
  /** Bytes without padding. */
  readonly nbytes: number;
}

export function leaves(): Leaves {
  const known = new Map<string, Leaf[]>();
  const all: Leaf[] = [];
  let nbytes = 0;

  function leaf(bytes: Uint8Array, count: number, alignment: Leaf['alignment'], kind = ''): Leaf {
    const key = `${kind}${alignment}:${count}:${bytes.length}:${hashOf(bytes)}`;
    const candidates = known.get(key) ?? [];
    const same = candidates.find((candidate) => isSame(candidate.bytes, bytes));
    if (same) return same;
    const made: Leaf = { bytes, count, alignment, offset: 0 };
    known.set(key, [...candidates, made]);
    all.push(made);
    nbytes += PREFIX_NBYTES + bytes.length;
    return made;
  }

  return {
    data: (bytes) => leaf(bytes, bytes.length, 16),
    bytes: (bytes) => leaf(bytes, bytes.length, 1),
    // A string ends with a zero that its length does not count.
    string: (text) => {
      const bytes = new TextEncoder().encode(`${text}\0`);
      return leaf(bytes, bytes.length - 1, 1, 'string');
    },
    int32s: (values) => numbers(values, 4, (view, at, value) => view.setInt32(at, value, true)),
    uint16s: (values) => numbers(values, 2, (view, at, value) => view.setUint16(at, value, true), 4, 'short'),
    int64s: (values) => numbers(values, 8, (view, at, value) => view.setBigInt64(at, BigInt(value), true), 8),
    floats: (values) => numbers(values, 4, (view, at, value) => view.setFloat32(at, value, true)),
    write: (builder) => writeAll(builder, all),
    get nbytes() {
      return nbytes;
    },
  };

  function numbers(
    values: Iterable<number>, width: number, set: (view: DataView, at: number, value: number) => void, alignment: 4 | 8 = 4, kind = '',
  ): Leaf {
    const list = [...values];
    const bytes = new Uint8Array(list.length * width);
    const view = new DataView(bytes.buffer);
    list.forEach((value, index) => set(view, index * width, value));
    return leaf(bytes, list.length, alignment, kind);
  }
}

/** The length that stands before the elements. */
const PREFIX_NBYTES = 4;
/** The alignments' common multiple: places are told apart modulo this. */
const CYCLE_NBYTES = 16;
/** Gaps are 4, 8 or 12 bytes, so that three lists can always fill one when any can. */
const MOST_FILLERS = 3;

/** Strictly aligned ones first, from the largest, each preceded by what fills the gap; then what is left. */
function writeAll(builder: Builder, all: readonly Leaf[]): void {
  const waiting = { strict: all.filter(isStrict).sort(bySize), loose: all.filter((leaf) => !isStrict(leaf)).sort(bySize) };
  while (waiting.strict.length > 0) {
    const strict = waiting.strict.find((leaf) => padding(builder.offset(), leaf) === 0) ?? waiting.strict[0]!;
    const fillers = findFillers(builder.offset(), strict, waiting.loose) ?? [];
    for (const leaf of [...fillers, strict]) writeLeaf(builder, leaf);
    waiting.strict.splice(waiting.strict.indexOf(strict), 1);
    for (const filler of fillers) waiting.loose.splice(waiting.loose.indexOf(filler), 1);
  }
  for (const leaf of waiting.loose) writeLeaf(builder, leaf);
}

const isStrict = ({ alignment }: Leaf): boolean => alignment > PREFIX_NBYTES;
const bySize = (a: Leaf, b: Leaf): number => b.bytes.length - a.bytes.length;

/** The shortest sequence of loose lists after which `strict` needs no padding; null: there is none, so it is padded. */
function findFillers(offset: number, strict: Leaf, loose: readonly Leaf[]): readonly Leaf[] | null {
  const oneOfEach = new Map<number, Leaf[]>();
  for (const leaf of loose) {
    const growth = (padding(0, leaf) + leaf.bytes.length + PREFIX_NBYTES) % CYCLE_NBYTES;
    const some = oneOfEach.get(growth) ?? [];
    if (growth > 0 && some.length < MOST_FILLERS) oneOfEach.set(growth, [...some, leaf]);
  }
  const candidates = [...oneOfEach.values()].flat();
  let sequences: readonly (readonly Leaf[])[] = [[]];
  for (let length = 0; length <= MOST_FILLERS; length++) {
    const found = sequences.find((sequence) => padding(sequence.reduce(after, offset), strict) === 0);
    if (found) return found;
    sequences = sequences.flatMap((sequence) => candidates.filter((leaf) => !sequence.includes(leaf)).map((leaf) => [...sequence, leaf]));
  }
  return null;
}

const after = (offset: number, leaf: Leaf): number => offset + padding(offset, leaf) + leaf.bytes.length + PREFIX_NBYTES;

/** Bytes between what was written last and the elements of `leaf`, which end there: its start must be aligned, and its length's. */
function padding(offset: number, { bytes, alignment }: Leaf): number {
  const multiple = Math.max(alignment, PREFIX_NBYTES);
  return (multiple - ((offset + bytes.length) % multiple)) % multiple;
}

function writeLeaf(builder: Builder, leaf: Leaf): void {
  builder.prep(Math.max(leaf.alignment, PREFIX_NBYTES), leaf.bytes.length);
  leaf.offset = builder.createByteVector(leaf.bytes);
  // The builder counted bytes.
  builder.dataBuffer().writeInt32(builder.dataBuffer().capacity() - leaf.offset, leaf.count);
}

/** So many bytes of a list tell it from others. */
const HASHED_NBYTES = 16_384;

/** FNV-1a over bytes at equal distances, enough to tell lists apart before all their bytes are compared. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  // An odd step meets every byte of the numbers in turn.
  const step = Math.floor(bytes.length / HASHED_NBYTES) | 1;
  for (let place = 0; place < bytes.length; place += step) hash = Math.imul(hash ^ bytes[place]!, 0x01000193);
  return hash >>> 0;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
