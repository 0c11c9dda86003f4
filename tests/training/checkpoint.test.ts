import { describe, expect, it } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../src/training/checkpoint';
import { checkpointKey } from '../../src/training/checkpoint-key';
import { request, toyNet } from './toy';

const checkpoint = {
  header: { step: 3, best: null, history: [{ loss: 0.1 }] },
  arrays: new Map<string, Float32Array | Uint8Array>([['a/latent', Float32Array.of(0.1, -2e-38, 3)], ['a/mask', Uint8Array.of(1, 0, 1, 1, 0)], ['empty', new Float32Array(0)], ['b', Float32Array.of(7)]]),
};

describe('a checkpoint', () => {
  it('comes back as it was written', () => {
    expect(readCheckpoint(writeCheckpoint(checkpoint))).toEqual(checkpoint);
  });

  it('comes back from the middle of a buffer', () => {
    const bytes = writeCheckpoint(checkpoint);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(readCheckpoint(larger.subarray(3))).toEqual(checkpoint);
  });

  it('is refused when it is cut short anywhere', () => {
    const bytes = writeCheckpoint(checkpoint);
    for (let length = 0; length < bytes.length; length++) expect(() => readCheckpoint(bytes.slice(0, length))).toThrow(/cannot be read/);
  });

  it('is refused when its version, header or lengths are none', () => {
    const bytes = writeCheckpoint(checkpoint);
    const changed = (offset: number, value: number): Uint8Array => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setUint32(offset, value, true);
      return copy;
    };
    expect(() => readCheckpoint(changed(4, 9))).toThrow(/version 9/);
    expect(() => readCheckpoint(changed(8, 0xffffffff))).toThrow(/header is cut short/);
    expect(() => readCheckpoint(changed(12, 0))).toThrow(/no JSON/);
    const huge = new TextDecoder().decode(bytes).replace('"length":3', '"length":9e9');
    expect(() => readCheckpoint(new TextEncoder().encode(huge))).toThrow(/cannot be read/);
  });
});

describe('the key of a checkpoint', () => {
  const key = (changes: object = {}, data = 'data'): string => checkpointKey({ ...request(toyNet()), ...changes }, data);

  it('is the same for the same training, and another for another model, seed, constraint or data', () => {
    const { graph, settings } = request(toyNet());
    const keys = [
      key(),
      key({}, 'other'),
      key({ settings: { ...settings, seed: 2 } }),
      key({ constraints: { 'conv/kernel': [{ kind: 'keep-zeros' }] } }),
      key({ graph: { ...graph, values: { ...graph.values, 'conv/bias': { ...graph.values['conv/bias'], tensor: graph.values['bn/mean']!.tensor } } } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(key()).toBe(keys[0]);
  });
});
