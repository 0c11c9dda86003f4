/** Options of custom operators that are kept as a FlexBuffers map: https://flatbuffers.dev/flexbuffers.html */
import { toReference } from 'flatbuffers/js/flexbuffers.js';

export interface CustomOptions {
  /** null: there is no such number. */
  number(name: string): number | null;
  /** null: there is no such list of numbers, or it is longer than `longest`. */
  numbers(name: string, longest: number): readonly number[] | null;
}

/** Whatever the bytes are: what they do not say is null, and so is what needs 64 bits, which the library does not find. */
export function customOptionsOf(bytes: Uint8Array | undefined): CustomOptions {
  const map = bytes?.length ? tried(() => toReference(bytes.slice().buffer)) : null;
  // The library's types know lists alone; maps take names.
  const field = (name: string): Reference | null => (map ? tried(() => (map.isMap() ? map.get(name as unknown as number) : null)) : null);
  const numeric = (reference: Reference | null): number | null => tried(() => (reference?.isNumber() ? Number(reference.numericValue()) : null));
  return {
    number: (name) => numeric(field(name)),
    numbers(name, longest) {
      const list = field(name);
      const length = tried(() => (list?.isVector() ? list.length() : null));
      if (!list || length === null || length > longest) return null;
      const values = Array.from({ length }, (_, i) => numeric(tried(() => list.get(i))));
      return values.every((value) => value !== null) ? values : null;
    },
  };
}

type Reference = ReturnType<typeof toReference>;

/** The library throws texts and RangeErrors at bytes that are no such map. */
function tried<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
