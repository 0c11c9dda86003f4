import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../../src/ir/tensor';
import type { Diagnostic } from '../../../src/lib/diagnostics';
import { refitLastFactors } from '../../../src/passes/factorize/refit';
import { conv, GraphMaker } from '../../ir/graphs';
import { dataContext, differenceOn, randomExamples } from '../examples';
import { runGraph } from '../run-graph';

/** conv → relu → conv (split into 1×3 after 3×1 in `after`) with the first convolution's weights moved in `after`. */
function pair(moved: number): { before: Graph; after: Graph } {
  const make = (isSplit: boolean): Graph => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 7, 7, 2]);
    const first = g.node('first', 'conv2d', [x, g.weights('first/kernel', [3, 3, 2, 6], 0.4), g.weights('first/bias', [6], 0.1)], { ...conv, activation: 'relu' }, [-1, 7, 7, 6]);
    const rows = g.weights('rows/kernel', [3, 1, 6, 6], 0.4);
    const columns = g.weights('columns/kernel', [1, 3, 6, 4], 0.4);
    const bias = g.weights('last/bias', [4], 0.2);
    const strided = { ...conv, strides: [2, 1] };
    if (isSplit) {
      const between = g.node('last_rows', 'conv2d', [first, rows], strided, [-1, 4, 7, 6]);
      return g.build([g.node('last', 'conv2d', [between, columns, bias], conv, [-1, 4, 7, 4])]);
    }
    const [a, b] = [g, g].map((_, i) => decodeFloats(g.build([]).values[i === 0 ? rows : columns]!.tensor!)) as [Float32Array, Float32Array];
    const kernel = new Float32Array(9 * 6 * 4);
    for (let h = 0; h < 3; h++)
      for (let w = 0; w < 3; w++)
        for (let i = 0; i < 6; i++)
          for (let o = 0; o < 4; o++) for (let r = 0; r < 6; r++) kernel[((h * 3 + w) * 6 + i) * 4 + o]! += a[(h * 6 + i) * 6 + r]! * b[(w * 6 + r) * 4 + o]!;
    return g.build([g.node('last', 'conv2d', [first, g.constant('last/kernel', float32Tensor([3, 3, 6, 4], kernel)), bias], strided, [-1, 4, 7, 4])]);
  };
  const after = make(true);
  const kernel = after.values['first/kernel']!;
  const tensor = float32Tensor(kernel.shape!, decodeFloats(kernel.tensor!).map((value, i) => value * (1 + moved * ((i % 6) + 1))));
  return { before: make(false), after: { ...after, values: { ...after.values, 'first/kernel': { ...kernel, tensor } } } };
}

describe('fitting last factors again', () => {
  it('makes up for what earlier layers lost, on examples it has not seen', async () => {
    const { before, after } = pair(0.2);
    const diagnostics: Diagnostic[] = [];
    const fitted = await refitLastFactors(before, after, new Set(['last']), 200, dataContext({}, before, randomExamples(before, 200, 5)) as never, diagnostics);
    const held = await randomExamples(before, 50, 6).inputs(0, 50);
    const [wanted] = await runGraph(before, held);
    const errorOf = async (graph: Graph): Promise<number> => {
      const [found] = await runGraph(graph, held);
      return Array.from(wanted!.data, (value, i) => (value - found!.data[i]!) ** 2).reduce((a, b) => a + b, 0);
    };
    expect(await errorOf(fitted)).toBeLessThan(0.7 * (await errorOf(after)));
    expect(diagnostics.map(({ message }) => message)).toEqual(['Fitted again to what the layers gave before, with the inputs that they have now: 1 of 1.']);
    expect(fitted.values['first/kernel']).toBe(after.values['first/kernel']);
  });

  it('compares the same places where the layer read too much for one run and its last factor does not', async () => {
    const make = (isSplit: boolean): Graph => {
      const g = new GraphMaker();
      const x = g.input('x', [-1, 1024, 4]);
      const wide = g.node('wide', 'dense', [x, g.weights('wide/kernel', [4, 600], 0.5)], { activation: 'relu' }, [-1, 1024, 600]);
      const thin = g.weights('thin/kernel', [600, 2], 0.1);
      const last = g.weights('last/kernel', [2, 3], 0.5);
      if (isSplit) return g.build([g.node('last', 'dense', [g.node('thin', 'dense', [wide, thin], { activation: 'none' }, [-1, 1024, 2]), last], { activation: 'none' }, [-1, 1024, 3])]);
      const { values } = g.build([]);
      const [a, b] = [thin, last].map((id) => decodeFloats(values[id]!.tensor!)) as [Float32Array, Float32Array];
      const kernel = Float32Array.from({ length: 600 * 3 }, (_, i) => a[Math.floor(i / 3) * 2]! * b[i % 3]! + a[Math.floor(i / 3) * 2 + 1]! * b[3 + (i % 3)]!);
      return g.build([g.node('last', 'dense', [wide, g.constant('last/whole', float32Tensor([600, 3], kernel))], { activation: 'none' }, [-1, 1024, 3])]);
    };
    const [before, after] = [make(false), make(true)];
    const fitted = await refitLastFactors(before, after, new Set(['last']), 32, dataContext({}, before, randomExamples(before, 32, 5)) as never, []);
    const held = await randomExamples(before, 1, 6).inputs(0, 1);
    expect(await differenceOn(before, fitted, held)).toBeLessThan(1e-4);
  }, 60_000);

  it('leaves factors that give what the layer gave', async () => {
    const { before, after } = pair(0);
    const held = await randomExamples(before, 50, 6).inputs(0, 50);
    expect(await differenceOn(before, after, held)).toBeLessThan(1e-5);
    const fitted = await refitLastFactors(before, after, new Set(['last']), 200, dataContext({}, before, randomExamples(before, 200, 5)) as never, []);
    expect(await differenceOn(before, fitted, held)).toBeLessThan(1e-5);
  });
});
