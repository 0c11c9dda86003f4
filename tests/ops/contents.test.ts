import { describe, expect, it } from 'vitest';
import { inferTypes } from '../../src/ops/infer-shapes';
import { opTable } from '../../src/ops/table';
import { opCases } from '../contracts/op-cases';
import { graphOfCase } from './graph-of-case';
import { runWithTfjs } from './tfjs-oracle';

/** TF.js computes in single precision, step by step; ours rounds once. */
const RELATIVE_TOLERANCE = 1e-5;

function isClose(value: number, expected: number): boolean {
  return Object.is(value, expected) || Math.abs(value - expected) <= RELATIVE_TOLERANCE * Math.max(1, Math.abs(expected));
}

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
      const wrong = known.filter((value, place) => value !== null && !isClose(value, numbers[place]!));
      expect(wrong).toEqual([]);
    });
  });

  it('are found for every operator that evaluates them', () => {
    const found = evaluated.filter((opCase) => inferTypes(graphOfCase(opCase, (shape) => shape, true)).contents.has('y0'));
    const foundOps = new Set(found.map(({ op }) => op));
    expect(evaluated.map(({ op }) => op).filter((op) => !foundOps.has(op))).toEqual([]);
  });
});
