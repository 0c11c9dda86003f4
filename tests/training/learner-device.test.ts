import { describe, expect, it } from 'vitest';
import { memory, tensor } from '@tensorflow/tfjs-core';
import type { Graph } from '../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../src/ir/tensor';
import { createRandom } from '../../src/lib/random';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { onBackend } from '../../src/runtime/tfjs/engine-lock';
import type { Learner } from '../../src/training/fit-learner';
import { DeviceLearner } from '../../src/training/fit-learner-device';
import { HostLearner } from '../../src/training/fit-learner-host';
import type { Network, Parameter } from '../../src/training/network';
import type { AffineConstraint, Constraint, MaskConstraint, PaletteConstraint } from '../../src/training/training';
import { request, settings } from './toy';

const STEPS = 24;
const SHAPES = { kernel: [3, 2, 5, 4], bias: [4] };
const mask: MaskConstraint = { kind: 'mask', pattern: { kind: 'unstructured' }, initialSparsity: 0.2, finalSparsity: 0.6, from: 0, to: 0.5, everySteps: 4, group: null, ranking: 'magnitude' };
const palette: PaletteConstraint = { kind: 'palette', bits: 3, axis: null, codebook: Float32Array.of(-0.5, -0.3, -0.1, 0.1, 0.3, 0.5), codebookStorage: 'float32', keepZeros: true };
const affine: AffineConstraint = { kind: 'affine', bits: 4, symmetric: true, axis: null, blockSize: null, range: 'last-value', scale: null, zeroPoint: null };

const cases: readonly (readonly [string, readonly Constraint[]])[] = [
  ['nothing', []],
  ['zeros', [{ kind: 'keep-zeros' }]],
  ['a growing mask', [mask]],
  ['a palette', [palette]],
  ['a palette for each channel', [{ ...palette, bits: 1, axis: 3, codebook: Float32Array.of(-0.3, 0.3, -0.2, 0.4, -0.1, 0.2, -0.3, 0.1), keepZeros: false }]],
  ['a grid that follows', [affine]],
  ['a grid that follows each block', [{ ...affine, axis: 2, blockSize: 2 }]],
  ['a grid with a zero point for each channel', [{ ...affine, bits: 8, symmetric: false, axis: 3 }]],
  ['learned scales', [{ ...affine, range: 'learned', axis: 3, scale: Float32Array.of(0.1, 0.06, 0.08, 0.1) }]],
  ['learned scales of blocks', [{ ...affine, range: 'learned', axis: 2, blockSize: 3, scale: new Float32Array(48).fill(0.07) }]],
  ['a fixed grid', [{ ...affine, bits: 8, symmetric: false, range: 'fixed', scale: Float32Array.of(0.004), zeroPoint: Float64Array.of(130) }]],
  ['mask, palette and grid', [mask, palette, { ...affine, bits: 8 }]],
];

function graphOf(): Graph {
  const random = createRandom(3);
  const constant = (id: string, shape: number[]) => {
    const numbers = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 7 === 3 ? 0 : random.normal() * 0.3));
    return [id, { id, name: id, dtype: 'float32' as const, shape, tensor: float32Tensor(shape, numbers) }] as const;
  };
  const values = Object.fromEntries([constant('kernel', SHAPES.kernel), constant('bias', SHAPES.bias)]);
  return { name: 'numbers', inputs: [], outputs: [], inputNames: [], outputNames: [], nodes: [], values, source: { format: 'keras', producer: '' } };
}

const parameters: readonly Parameter[] = [
  { valueId: 'kernel', name: 'kernel', shape: SHAPES.kernel, role: 'kernel' },
  { valueId: 'bias', name: 'bias', shape: SHAPES.bias, role: 'bias' },
];

/** Steps with the same gradients whoever learns: seeded, and pulling towards some numbers so that nothing runs away. */
async function learn(learner: Learner, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) {
    const random = createRandom(step + 1);
    const effective = await learner.effective(step);
    const gradients = new Map(parameters.map(({ valueId, shape }) => [valueId, tensor(Float32Array.from({ length: effective.get(valueId)!.size }, () => random.normal()), [...shape])]));
    await learner.update({ loss: tensor(0), gradients }, [], 0.01);
  }
}

function learners(constraints: readonly Constraint[], optimizer: 'adam' | 'sgd' = 'adam'): [HostLearner, DeviceLearner] {
  const asked = { ...request(graphOf(), { constraints: { kernel: constraints } }), settings: { ...settings, optimizer, weightDecay: 0.1 } };
  const network = { parameters } as unknown as Network;
  return [new HostLearner(network, asked, STEPS, []), new DeviceLearner(network, new HostLearner(network, asked, STEPS, []), optimizer)];
}

describe('learning on a device', () => {
  it.each(cases)('gives the numbers of learning in memory under %s', async (_name, constraints) => {
    await createBackend('cpu');
    await onBackend('cpu', async () => {
      const [host, device] = learners(constraints);
      for (const learner of [host, device]) await learn(learner, 0, STEPS);
      const [expected, found] = [await host.state('all'), await device.state('all')];
      expect([...found.keys()]).toEqual([...expected.keys()]);
      for (const [key, array] of expected) array.forEach((value, i) => expect(Math.abs(value - found.get(key)![i]!), `${key}[${i}]`).toBeLessThan(2e-5));
      const [mine, theirs] = [await host.effective(STEPS - 1), await device.effective(STEPS - 1)];
      for (const [id, numbers] of mine) {
        const [a, b] = [await numbers.data(), await theirs.get(id)!.data()];
        a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(2e-5));
      }
      for (const learner of [host, device]) learner.dispose();
    });
  });

  it('learns with sgd and decay as in memory', async () => {
    await createBackend('cpu');
    await onBackend('cpu', async () => {
      const [host, device] = learners([palette], 'sgd');
      for (const learner of [host, device]) await learn(learner, 0, STEPS);
      const [expected, found] = [await host.state('all'), await device.state('all')];
      for (const [key, array] of expected) array.forEach((value, i) => expect(Math.abs(value - found.get(key)![i]!)).toBeLessThan(2e-5));
    });
  });

  it('goes on bit for bit from its state, and in memory from there too', async () => {
    await createBackend('cpu');
    await onBackend('cpu', async () => {
      const constraints = [mask, palette, { ...affine, bits: 8, range: 'learned', scale: Float32Array.of(0.01) } as const];
      const [, whole] = learners(constraints);
      await learn(whole, 0, STEPS);
      const [, first] = learners(constraints);
      await learn(first, 0, 13);
      const kept = await first.state('all');
      const [host, second] = learners(constraints);
      for (const learner of [host, second]) {
        learner.restore(kept, 'all');
        await learn(learner, 13, STEPS);
      }
      expect(await second.state('all')).toEqual(await whole.state('all'));
      const [a, b] = [(await whole.state('all')).get('kernel/latent')!, (await host.state('all')).get('kernel/latent')!];
      a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(2e-5));
    });
  });

  it('stores the numbers that it gave to be evaluated, and leaves no tensor behind', async () => {
    await createBackend('cpu');
    await onBackend('cpu', async () => {
      const before = memory().numTensors;
      const [host, device] = learners([mask, palette, { ...affine, bits: 8 }]);
      await learn(device, 0, STEPS);
      const losses = memory().numTensors;
      const effective = await device.settle(STEPS, true);
      for (const [id, stored] of device.encoded()) expect([...decodeFloats(stored)]).toEqual([...(await effective.get(id)!.data())]);
      for (const learner of [host, device]) learner.dispose();
      // The test's own: a loss for each step.
      expect(losses).toBeGreaterThan(before + STEPS);
      expect(memory().numTensors).toBe(before + STEPS);
    });
  });
});
