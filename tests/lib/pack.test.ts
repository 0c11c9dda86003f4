import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../src/lib/pack';

describe('plain data as bytes', () => {
  it('come back as they were: arrays, odd numbers, texts, nesting', () => {
    const value = {
      name: 'dense – 层',
      shape: [2, -1],
      odd: [Number.NaN, Infinity, -Infinity, -0, 0],
      nothing: null,
      deep: [{ data: Float32Array.of(1.5, Number.NaN, -0), indices: Uint8Array.of(1, 2, 3) }, Int32Array.of(-7), Float64Array.of(0.1), BigInt64Array.of(5n)],
    };
    expect(unpack(pack(value))).toEqual(value);
    expect(Object.is((unpack(pack(value)) as typeof value).odd[3], -0)).toBe(true);
  });

  it('hold views of larger arrays by what they show, and are read from within larger ones', () => {
    const view = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(unpack(pack({ view }))).toEqual({ view: Float32Array.of(2, 3) });
    const bytes = pack({ view });
    const inside = new Uint8Array(bytes.length + 5);
    inside.set(bytes, 5);
    expect(unpack(inside.subarray(5))).toEqual({ view: Float32Array.of(2, 3) });
    expect(unpack(Buffer.from(bytes))).toEqual({ view: Float32Array.of(2, 3) });
  });

  it('are the same for the same value', () => {
    const value = { b: Float32Array.of(3), a: 1 };
    expect(pack(value)).toEqual(pack({ ...value }));
  });

  it('are refused when they name one array again and again', () => {
    const packed = new TextDecoder('latin1').decode(pack({ a: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), b: 'x'.repeat(31) }));
    const named = packed.replace(`"b":"${'x'.repeat(31)}"`, `"b":{"\\u0000":["Uint8Array",0,8]}    `);
    expect(named).toHaveLength(packed.length);
    expect(() => unpack(Uint8Array.from(named, (letter) => letter.charCodeAt(0)))).toThrow(/cut off/);
  });

  it('are refused when they are cut off or of another version', () => {
    const bytes = pack({ data: new Float32Array(100) });
    for (const length of [0, 7, 20, bytes.length - 1]) expect(() => unpack(bytes.slice(0, length))).toThrow(/cut off|cannot be read/);
    bytes[0] = 9;
    expect(() => unpack(bytes)).toThrow(/another version/);
  });
});
