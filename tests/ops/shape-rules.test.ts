import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/ir/graph';
import { inferShapes } from '../../src/ops/infer-shapes';
import { checkOps } from '../../src/ops/check';
import { opCases } from '../contracts/op-cases';
import type { OpCase } from './cases/op-case';
import { graphOfCase } from './graph-of-case';
import { runWithTfjs } from './tfjs-oracle';

const titled = opCases.map((opCase) => [`${opCase.op}: ${opCase.name}`, opCase] as const);

describe('the shape rule', () => {
  it.each(titled)('of %s gives what TF.js gives', async (_, opCase) => {
    const graph = inferShapes(graphOfCase(opCase));
    const expected = await runWithTfjs(opCase);
    expect(graph.outputs.length).toBe(expected.length);
    expect(graph.outputs.map((id) => graph.values[id]!.dtype)).toEqual(expected.map((tensor) => tensor.dtype));
    graph.outputs.forEach((id, i) => expectCompatible(graph.values[id]!, expected[i]!.shape));
    const unknown = graph.outputs.filter((id) => graph.values[id]!.shape?.includes(-1) ?? true);
    expect(DATA_DEPENDENT.has(opCase.op) ? [] : unknown).toEqual([]);
  });

  it.each(titled)('of %s stays true when any one dimension of all inputs is not known', async (_, opCase) => {
    const expected = await runWithTfjs(opCase);
    const ranks = opCase.inputs.map((input) => input?.shape.length ?? 0);
    for (let hidden = 0; hidden < Math.max(1, ...ranks); hidden++) {
      const graph = inferShapes(graphOfCase(opCase, (shape) => shape.map((size, axis) => (axis === hidden ? -1 : size))));
      graph.outputs.forEach((id, i) => expectCompatible(graph.values[id]!, expected[i]!.shape));
    }
  });

  it.each(titled)('of %s stays true when nothing is known of the inputs', async (_, opCase) => {
    const graph = inferShapes(graphOfCase(opCase, () => null));
    const expected = await runWithTfjs(opCase);
    graph.outputs.forEach((id, i) => expectCompatible(graph.values[id]!, expected[i]!.shape));
  });

  it.each(titled)('of %s goes with an arity and types that the check takes', (_, opCase) => {
    expect(() => checkOps(inferShapes(graphOfCase(opCase)))).not.toThrow();
  });
});

/** Their sizes depend on the numbers. */
const DATA_DEPENDENT: ReadonlySet<OpCase['op']> = new Set<OpCase['op']>(['where', 'non-max-suppression']);

function expectCompatible(value: Value, expected: readonly number[]): void {
  const filled = value.shape ? value.shape.map((size, axis) => (size === -1 ? expected[axis] : size)) : expected;
  expect(filled).toEqual(expected);
}
