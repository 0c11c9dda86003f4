import { describe, expect, it } from 'vitest';
import { createBoundedCache } from '../../src/lib/bounded-cache';
import { WhittleError, isErrorOf, messageOf, throwIfCancelled } from '../../src/lib/errors';
import { canonicalJson, hashOf } from '../../src/lib/hash';
import { createRandom, shuffledIndices } from '../../src/lib/random';
import { baseName, fileOf, readBytes } from '../../src/lib/source-file';

describe('errors', () => {
  it('are known by name, which is what crosses a worker boundary', () => {
    const crossed = Object.assign(new Error('gone'), { name: 'FormatError' });
    expect(isErrorOf(new WhittleError('FormatError', 'broken'), 'FormatError')).toBe(true);
    expect(isErrorOf(crossed, 'FormatError')).toBe(true);
    expect(isErrorOf(crossed, 'DataError')).toBe(false);
    expect(messageOf('text')).toBe('text');
  });

  it('stop work that was cancelled', () => {
    const controller = new AbortController();
    expect(() => throwIfCancelled(controller.signal)).not.toThrow();
    controller.abort();
    expect(() => throwIfCancelled(controller.signal)).toThrow('Cancelled.');
  });
});

describe('hashes', () => {
  it('do not depend on the order of keys, and do on values', () => {
    expect(hashOf({ a: 1, b: [2, 3] })).toBe(hashOf({ b: [2, 3], a: 1 }));
    expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: 2 }));
    expect(canonicalJson({ b: undefined, a: null })).toBe('{"a":null}');
  });
});

describe('random numbers', () => {
  it('repeat with the seed and differ without', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, () => 0).map(createRandom(seed).uniform);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('are uniform and normal in mean and variance', () => {
    const random = createRandom(1);
    const count = 20_000;
    const uniform = Array.from({ length: count }, () => random.uniform());
    const normal = Array.from({ length: count }, () => random.normal());
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / count;
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
  });

  it('shuffle without losing an index', () => {
    const order = shuffledIndices(100, 3);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});

describe('the bounded cache', () => {
  it('forgets what was not used for longest, and tells of it', () => {
    const dropped: string[] = [];
    const cache = createBoundedCache<string>(10, (entry) => entry.length, (entry) => dropped.push(entry));
    cache.set('a', 'aaaa');
    cache.set('b', 'bbbb');
    cache.get('a');
    cache.set('c', 'cccc');
    expect(dropped).toEqual(['bbbb']);
    expect(cache.get('a')).toBe('aaaa');
    expect(cache.get('b')).toBeUndefined();
  });

  it('keeps the newest entry even when it is too large, and drops all when cleared', () => {
    const dropped: string[] = [];
    const cache = createBoundedCache<string>(2, (entry) => entry.length, (entry) => dropped.push(entry));
    cache.set('a', 'aaaa');
    expect(cache.get('a')).toBe('aaaa');
    cache.clear();
    expect(dropped).toEqual(['aaaa']);
  });
});

describe('source files', () => {
  it('are read by slices, and a range past the end gives fewer bytes', async () => {
    const file = fileOf('folder/data.bin', Uint8Array.of(1, 2, 3, 4));
    expect(baseName(file.name)).toBe('data.bin');
    expect([...(await readBytes(file, 1, 3))]).toEqual([2, 3]);
    expect([...(await readBytes(file, 3, 99))]).toEqual([4]);
  });
});
