import { describe, expect, it } from 'vitest';
import { estimateArena } from '../../../src/formats/tflite/arena';
import { planGreedily } from '../../../src/formats/tflite/arena-plan';
import { decodeModel } from '../../../src/formats/tflite/decode';
import { fileBytes, recordedArenas } from './files';

describe('the tensor arena', () => {
  const recorded = Object.entries(recordedArenas());

  it.each(recorded)('of %s has the activations that TensorFlow Lite Micro plans', (name, { head }) => {
    expect(estimateArena(decodeModel(fileBytes(name))).activationBytes).toBe(head);
  });

  it.each(recorded)('of %s leaves room for structures of 32 bits, half to all of those of 64', (name, { tail }) => {
    const { structureBytes, activationBytes, variableBytes, totalBytes } = estimateArena(decodeModel(fileBytes(name)));
    expect(structureBytes).toBeGreaterThan(tail / 2);
    expect(structureBytes).toBeLessThanOrEqual(tail);
    expect(totalBytes).toBeGreaterThanOrEqual(activationBytes + variableBytes + structureBytes);
    expect(totalBytes % 16).toBe(0);
  });

  it('of a model that calls itself is finite', () => {
    const tensor = { name: '', type: 'FLOAT32', shape: [4], isVariable: false } as const;
    const operator = { op: 'CALL_ONCE', version: 1, inputs: [0], outputs: [0], options: { table: 'CallOnceOptions', fields: { initSubgraphIndex: 0 } } };
    const subgraph = { name: '', tensors: [tensor], inputs: [0], outputs: [0], operators: [operator] };
    expect(estimateArena({ description: '', subgraphs: [subgraph], signatures: [], metadata: [] }).activationBytes).toBe(16);
  });

  it('fills the gap that one buffer leaves with one that lives elsewhen', () => {
    const plan = planGreedily([
      { nbytes: 64, first: 0, last: 1 },
      { nbytes: 32, first: 1, last: 2 },
      { nbytes: 48, first: 2, last: 3 },
    ]);
    expect(plan).toBe(96);
  });

  it('of very many buffers is found soon, and is no smaller than theirs', () => {
    const count = 200_000;
    const alive = Array.from({ length: count }, () => ({ nbytes: 16, first: 0, last: 0 }));
    expect(planGreedily(alive)).toBe(16 * count);
  });
});
