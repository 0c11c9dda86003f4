// The range of a group of activations, by what reads it.
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { realRange } from '../../../src/ir/quantization';
import { float32Tensor } from '../../../src/ir/tensor';
import { softmaxRange } from '../../../src/passes/calibration/softmax-range';
import { collectLogits } from '../../../src/passes/quantize-integer/logits';
import { gridOf } from '../../../src/passes/quantize-integer/ranges';
import { createRandom } from '../../../src/lib/random';
import { GraphMaker } from '../../ir/graphs';
import { examplesOf } from '../examples';
import { outputOf, quantized } from './nets';

const none = { activation: 'none' } as const;
const identity = [1, 0, 0, 1];

/** x · I → what `op` makes of it → x · I. */
function net(op: 'softmax' | 'sigmoid' | 'relu', attributes: object): Graph {
  const g = new GraphMaker();
  const x = g.input('x', [-1, 2]);
  const y = g.node('dense', 'dense', [x, g.constant('k', float32Tensor([2, 2], identity))], none, [-1, 2]);
  const z = g.node('op', op, [y], attributes, [-1, 2]);
  return g.build([g.node('last', 'dense', [z, g.constant('k2', float32Tensor([2, 2], identity))], none, [-1, 2])]);
}

/** Normal numbers, and one outlier of 60 at either end. */
function outliers() {
  const random = createRandom(3);
  const data = Float32Array.from({ length: 4000 }, () => random.normal());
  data[10] = -60;
  data[21] = 60;
  return examplesOf({ shape: [2000, 2], dtype: 'float32', data });
}

describe('the range chosen for', () => {
  it('a sigmoid’s input ends where its rounded output no longer changes', async () => {
    const { graph } = await quantized(net('sigmoid', {}), { samples: 0 }, outliers());
    const [minimum, maximum] = realRange(outputOf(graph, 'dense').quantization!);
    expect(maximum).toBeLessThan(6.4);
    expect(minimum).toBeGreaterThan(-6.4);
    expect(1 / (1 + Math.exp(-maximum))).toBeGreaterThan(0.99);
  });

  it('a softmax’s input keeps probabilities, not outliers', async () => {
    const { graph } = await quantized(net('softmax', { axis: -1 }), { samples: 0 }, outliers());
    const [minimum, maximum] = realRange(outputOf(graph, 'dense').quantization!);
    expect(maximum - minimum).toBeLessThan(30);
    const whole = await quantized(net('softmax', { axis: -1 }), { samples: 0, calibration: 'min-max' }, outliers());
    const [lowest, highest] = realRange(outputOf(whole.graph, 'dense').quantization!);
    expect(highest - lowest).toBeGreaterThan(119);
  });

  it('the model’s own input and output is never cut', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 2]);
    const graph = g.build([g.node('dense', 'dense', [x, g.constant('k', float32Tensor([2, 2], identity))], none, [-1, 2])]);
    const { graph: after } = await quantized(graph, { samples: 0 }, outliers());
    const [minimum, maximum] = realRange(outputOf(after, 'dense').quantization!);
    expect(maximum - minimum).toBeGreaterThan(119);
  });

  it('all zeros is a grid all the same', () => {
    expect(gridOf({ minimum: 0, maximum: 0 }, 'int8')).toEqual({ dtype: 'int8', scale: 1, zeroPoint: -128 });
    expect(gridOf({ minimum: 0, maximum: 0 }, 'int16')).toEqual({ dtype: 'int16', scale: 1, zeroPoint: 0 });
    expect(gridOf({ minimum: 0, maximum: 1e-45 }, 'int8').scale).toBeGreaterThan(1e-20);
  });

  it('zero is exact wherever the range lies', () => {
    for (const [minimum, maximum] of [[-1, 2], [-0.3, 0], [0, 7], [-5, 0.001]] as const) {
      const { scale, zeroPoint } = gridOf({ minimum, maximum }, 'int8');
      expect(Number.isInteger(zeroPoint)).toBe(true);
      expect((-128 - zeroPoint) * scale).toBeCloseTo(minimum, 1);
      expect((127 - zeroPoint) * scale).toBeCloseTo(maximum, 1);
    }
  });
});

describe('a softmax range', () => {
  it('cuts the low end, where logits count for nothing', () => {
    const random = createRandom(4);
    const rows = Array.from({ length: 200 }, () => [random.normal() * 2 + 4, random.normal() * 2 + 4, -90 + random.normal()]);
    const range = softmaxRange({ classes: 3, data: Float32Array.from(rows.flat()) }, { minimum: -95, maximum: 11 }, 256);
    expect(range.minimum).toBeGreaterThan(-50);
    expect(range.maximum).toBeGreaterThan(8);
  });

  it('gathers rows from all batches alike, in bounded memory', () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 64]);
    const graph = g.build([g.node('softmax', 'softmax', [x], { axis: -1 }, [-1, 64])]);
    const collector = collectLogits(graph, new Set(['softmax'])).get('x')!;
    for (let batch = 0; batch < 100; batch++) {
      collector.add({ shape: [10, 64], dtype: 'float32', data: new Float32Array(640).fill(batch) });
    }
    const { data } = collector.rows();
    expect(data.length).toBeLessThanOrEqual(1 << 12);
    expect(data.length).toBeGreaterThan(1 << 10);
    const halves = [0, 1].map((half) => data.filter((value) => (value < 50 ? 0 : 1) === half).length);
    expect(Math.abs(halves[0]! - halves[1]!)).toBeLessThan(data.length / 10);
  });
});
