import { describe, expect, it } from 'vitest';
import { inferTypes } from '../../src/ops/infer-shapes';
import { opTable } from '../../src/ops/table';
import { opCases } from '../contracts/op-cases';
import { graphOfCase } from './graph-of-case';
import { runWithTfjs } from './tfjs-oracle';

/** Between single precision in TF.js's kernels and ours, relative to 1. */
const TOLERANCE_DIGITS = 5;

const evaluated = opCases.filter(({ op }) => opTable[op].contents);
const titled = evaluated.map((opCase) => [`${opCase.op}: ${opCase.name}`, opCase] as const);

describe('the contents of a small value', () => {
  it.each(titled)('of %s are what TF.js computes', async (_, opCase) => {
    const { graph, contents } = inferTypes(graphOfCase(opCase, (shape) => shape, true));
    const expected = await runWithTfjs(opCase);
    graph.outputs.forEach((id, i) => {
      const known = contents.get(id) ?? [];
      const numbers = Array.from(expected[i]!.dataSync());
      expect([0, numbers.length]).toContain(known.length);
      known.forEach((value, place) => {
        if (value !== null && !Number.isNaN(numbers[place])) expect(value).toBeCloseTo(numbers[place]!, TOLERANCE_DIGITS);
      });
    });
  });

  it('are found for every operator that evaluates them', () => {
    const found = evaluated.filter((opCase) => inferTypes(graphOfCase(opCase, (shape) => shape, true)).contents.has('y0'));
    const foundOps = new Set(found.map(({ op }) => op));
    expect(evaluated.map(({ op }) => op).filter((op) => !foundOps.has(op))).toEqual([]);
  });
});
