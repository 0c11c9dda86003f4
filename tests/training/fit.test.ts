import { describe, expect, it } from 'vitest';
import { memory } from '@tensorflow/tfjs-core';
import { decodeFloats } from '../../src/ir/tensor';
import { GraphMaker } from '../ir/graphs';
import { WhittleError } from '../../src/lib/errors';
import { argmaxRows } from '../../src/measure/accuracy';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { memoryCheckpoints } from './checkpoint-memory';
import { DivergedError } from '../../src/training/fit-diverged';
import type { Graph } from '../../src/ir/graph';
import type { CheckpointStore, TrainingPoint } from '../../src/training/training';
import { constantsOf, freeHand, request, run, toyData, toyNet } from './toy';

configureWasm(nodeWasmPaths());

const numbers = (graph: Graph): Record<string, number[]> => constantsOf(graph, decodeFloats);

async function accuracy(graph: Graph): Promise<number> {
  const data = toyData(400, 99);
  const model = await (await createBackend('wasm')).prepare(graph);
  const { inputs, labels } = await data.read(Uint32Array.from({ length: data.count }, (_, i) => i));
  const [output] = await model.run(inputs);
  model.dispose();
  return argmaxRows(output!, data.count)!.filter((one, i) => one === labels![i]).length / data.count;
}

/** Ends a training like a closed page: the store still holds what was saved last. */
class ClosedPage extends Error {}

describe('fit', () => {
  it('learns: from chance to nearly all of unseen pictures', async () => {
    const start = toyNet();
    const points: TrainingPoint[] = [];
    const result = await run(request(start), toyData(), { report: (point) => points.push(point) });
    expect(await accuracy(start)).toBeLessThan(0.6);
    expect(await accuracy(result.graph)).toBeGreaterThan(0.9);
    expect(result).toMatchObject({ bestEpoch: 3, endedBy: 'end', backend: 'wasm', history: points });
    expect(points.at(-1)!.loss).toBeLessThan(points[0]!.loss);
    expect(points.at(-1)).toMatchObject({ step: 48, steps: 48, epoch: 3, heldOutAccuracy: null, msLeft: 0 });
    expect(start.values['bn/mean']!.tensor).not.toEqual(result.graph.values['bn/mean']!.tensor);
  });

  it('learns with sgd, decay, smoothing, shifted and mirrored pictures', async () => {
    const asked = request(toyNet(), { objective: { labelWeight: 1, temperature: 1, hints: [], labelSmoothing: 0.1 } }, { optimizer: 'sgd', learningRate: 0.02, weightDecay: 1e-3, augmentation: 'shift', schedule: 'step' });
    expect(await accuracy((await run(asked)).graph)).toBeGreaterThan(0.85);
  });

  it('gives the same numbers for the same seed, others for another', async () => {
    const asked = request(toyNet({ dropout: 0.3 }), {}, { epochs: 1, augmentation: 'shift-flip', heldOut: 0.25 });
    const [first, second] = [await run(asked), await run(asked)];
    expect(numbers(first.graph)).toEqual(numbers(second.graph));
    const other = await run({ ...asked, settings: { ...asked.settings, seed: 8 } });
    expect(numbers(other.graph)).not.toEqual(numbers(first.graph));
  });

  it('goes on from a checkpoint to the same numbers, bit for bit', async () => {
    const mask = { kind: 'mask', pattern: { kind: 'unstructured' }, initialSparsity: 0, finalSparsity: 0.6, from: 0, to: 0.5, everySteps: 3, group: null, ranking: 'magnitude' } as const;
    const palette = { kind: 'palette', bits: 3, axis: null, codebook: Float32Array.of(-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3), codebookStorage: 'float32', keepZeros: true } as const;
    const affine = { kind: 'affine', bits: 8, symmetric: true, axis: 3, blockSize: null, range: 'learned', scale: new Float32Array(6).fill(0.01), zeroPoint: null } as const;
    const asked = request(
      toyNet({ dropout: 0.3 }),
      { constraints: { 'dense/kernel': [mask, palette], 'conv/kernel': [affine] }, teacher: toyNet({ width: 4 }), objective: { labelWeight: 0.5, temperature: 2, hints: [], labelSmoothing: 0 } },
      { heldOut: 0.25 },
    );
    const whole = await run(asked);
    const store = memoryCheckpoints();
    const data = toyData();
    let reads = 0;
    const stopped = { ...data, read: (indices: Uint32Array) => (++reads > 25 ? Promise.reject(new ClosedPage()) : data.read(indices)) };
    await expect(run(asked, stopped, { checkpoints: store, msBetweenCheckpoints: 0 })).rejects.toBeInstanceOf(ClosedPage);
    const points: TrainingPoint[] = [];
    const resumed = await run(asked, data, { checkpoints: store, report: (point) => points.push(point) });
    expect(points[0]!.step).toBeGreaterThan(5);
    expect(numbers(resumed.graph)).toEqual(numbers(whole.graph));
    expect(resumed.bestEpoch).toBe(whole.bestEpoch);
    expect(resumed.history.map(({ step, loss, heldOutLoss }) => ({ step, loss, heldOutLoss }))).toEqual(whole.history.map(({ step, loss, heldOutLoss }) => ({ step, loss, heldOutLoss })));
  });

  it('leaves no checkpoint when it ends, or is cancelled', async () => {
    const kept = new Map<string, Uint8Array>();
    const store: CheckpointStore = { load: async (key) => kept.get(key) ?? null, save: async (key, bytes) => void kept.set(key, bytes), remove: async (key) => void kept.delete(key) };
    const cancel = new AbortController();
    let most = 0;
    const report = (): void => {
      most = Math.max(most, kept.size);
      cancel.abort();
    };
    const asked = request(toyNet(), {}, { epochs: 30 });
    await expect(run(asked, toyData(), { checkpoints: store, msBetweenCheckpoints: 0, report, controls: { ...freeHand, signal: cancel.signal } })).rejects.toMatchObject({ name: 'CancelledError' });
    await run(request(toyNet(), {}, { epochs: 1 }), toyData(), { checkpoints: store, msBetweenCheckpoints: 0, report });
    expect([most, kept.size]).toEqual([1, 0]);
  });

  it('goes on when a later checkpoint cannot be written, to the same numbers, and says so', async () => {
    const asked = request(toyNet(), {}, { epochs: 1 });
    let saves = 0;
    const store: CheckpointStore = { load: async () => null, save: async () => (++saves > 1 ? Promise.reject(new WhittleError('DataError', 'The disk is full.')) : undefined), remove: async () => Promise.reject(new Error('gone')) };
    const result = await run(asked, toyData(), { checkpoints: store, msBetweenCheckpoints: 0 });
    expect(saves).toBeGreaterThan(2);
    expect(result.checkpointProblem).toBe('The disk is full.');
    expect(numbers(result.graph)).toEqual(numbers((await run(asked)).graph));
  });

  it('forgets about a checkpoint that could not be written once a later one could', async () => {
    let saves = 0;
    const store: CheckpointStore = { load: async () => null, save: async () => (++saves === 2 ? Promise.reject(new WhittleError('DataError', 'The disk is full.')) : undefined), remove: async () => {} };
    const result = await run(request(toyNet(), {}, { epochs: 1 }), toyData(), { checkpoints: store, msBetweenCheckpoints: 0 });
    expect(saves).toBeGreaterThan(2);
    expect(result.checkpointProblem).toBeUndefined();
  });

  it('ends at the first checkpoint that cannot be written: the place is wrong', async () => {
    const store: CheckpointStore = { load: async () => null, save: async () => Promise.reject(new WhittleError('DataError', 'No such folder.')), remove: async () => {} };
    await expect(run(request(toyNet(), {}, { epochs: 1 }), toyData(), { checkpoints: store, msBetweenCheckpoints: 0 })).rejects.toThrow('No such folder.');
  });

  it('starts anew where the kept checkpoint is broken', async () => {
    const kept = new Map<string, Uint8Array>();
    const store: CheckpointStore = { load: async () => Uint8Array.of(1, 2, 3), save: async (key, bytes) => void kept.set(key, bytes), remove: async () => {} };
    const asked = request(toyNet(), {}, { epochs: 1 });
    expect(numbers((await run(asked, toyData(), { checkpoints: store })).graph)).toEqual(numbers((await run(asked)).graph));
  });

  it('goes on with the next backend when a device is lost', async () => {
    const data = toyData();
    const asked = request(toyNet(), {}, { epochs: 2 });
    let reads = 0;
    const failing = {
      ...data,
      read: (indices: Uint32Array) => (++reads === 10 ? Promise.reject(new WhittleError('BackendError', 'The device was lost.')) : data.read(indices)),
    };
    const points: TrainingPoint[] = [];
    const result = await run(asked, failing, { backend: ['webgpu', 'wasm', 'cpu'], msBetweenCheckpoints: 0, report: (point) => points.push(point) });
    expect(result.backend).toBe('cpu');
    expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
    expect(points.map(({ backend }) => backend)).toEqual([...Array<string>(9).fill('wasm'), ...Array<string>(23).fill('cpu')]);
    expect(await accuracy(result.graph)).toBeGreaterThan(0.6);
  });

  it('keeps the best epoch, and ends when there is no gain', async () => {
    const asked = request(toyNet(), {}, { epochs: 40, heldOut: 0.25, patience: 2 });
    // Labels that say nothing: what is learned of them is no gain elsewhere.
    const data = toyData(128);
    for (let i = 0; i < data.count; i++) data.labels[i] = i % 4;
    const result = await run(asked, data);
    const scored = result.history.filter(({ heldOutAccuracy }) => heldOutAccuracy !== null);
    const best = Math.max(...scored.map(({ heldOutAccuracy }) => heldOutAccuracy!));
    expect(result.endedBy).toBe('early-stopping');
    expect(scored.length).toBeLessThan(40);
    expect(scored.find(({ epoch }) => epoch === result.bestEpoch)!.heldOutAccuracy).toBe(best);
    expect(result.bestEpoch).toBe(scored.at(-1)!.epoch - 2);
  });

  it('gives an epoch even when the start was better, and says so', async () => {
    const trained = (await run(request(toyNet(), {}, { epochs: 8 }))).graph;
    const result = await run(request(trained, {}, { epochs: 1, heldOut: 0.25, learningRate: 3, optimizer: 'sgd' }));
    expect(result.bestEpoch).toBe(1);
    expect(result.accuracyBefore!).toBeGreaterThan(result.accuracyAfter!);
    expect(result.accuracyAfter).toBe(result.history.at(-1)!.heldOutAccuracy);
  });

  it('never looks at the held-out part while it learns', async () => {
    const data = toyData(100);
    const seen: number[][] = [];
    await run(request(toyNet(), {}, { epochs: 2, heldOut: 0.2, batch: 20 }), { ...data, read: (indices) => (seen.push([...indices]), data.read(indices)) });
    const heldOut = new Set(seen[0]);
    const learned = seen.filter((indices) => !indices.every((index) => heldOut.has(index)));
    expect(heldOut.size).toBe(20);
    expect(new Set(learned.flat()).size).toBe(80);
    expect(learned.flat().some((index) => heldOut.has(index))).toBe(false);
  });

  it('pauses, and finishes with the best so far when asked', async () => {
    let steps = 0;
    let pauses = 0;
    const result = await run(request(toyNet(), {}, { epochs: 50, heldOut: 0.25 }), toyData(), {
      controls: { whileResumed: async () => void pauses++, wantsToFinish: () => ++steps > 30 },
    });
    expect(result.endedBy).toBe('person');
    expect(pauses).toBe(30);
    expect(result.history.at(-1)).toMatchObject({ step: 30, epoch: 3 });
    expect(await accuracy(result.graph)).toBeGreaterThan(0.8);
  });

  it('goes on where it was ended by hand, as if it had not been', async () => {
    const mask = { kind: 'mask', pattern: { kind: 'unstructured' }, initialSparsity: 0, finalSparsity: 0.6, from: 0, to: 0.5, everySteps: 3, group: null, ranking: 'magnitude' } as const;
    const asked = request(toyNet(), { constraints: { 'dense/kernel': [mask] } }, { epochs: 4, heldOut: 0.25 });
    const checkpoints = memoryCheckpoints();
    let steps = 0;
    const ended = await run(asked, toyData(), { checkpoints, controls: { ...freeHand, wantsToFinish: () => ++steps > 10 } });
    expect(ended.endedBy).toBe('person');
    const points: TrainingPoint[] = [];
    const resumed = await run(asked, toyData(), { checkpoints, report: (point) => points.push(point) });
    expect(points[0]!.step).toBe(11);
    expect(numbers(resumed.graph)).toEqual(numbers((await run(asked)).graph));
  });

  it('takes the statistics of a normalization that is called twice as of one that is called once', async () => {
    const statisticsAfter = async (calls: 1 | 2): Promise<number[]> => {
      const g = new GraphMaker();
      const x = g.input('x', [-1, 8, 8, 1]);
      const constants = [g.weights('bn/mean', [1], 0), g.weights('bn/variance', [1], 0, 1), g.weights('bn/gamma', [1], 0, 1), g.weights('bn/beta', [1], 0)];
      const normalize = (name: string): string => g.node(name, 'batch-norm', [x, ...constants], { epsilon: 1e-3, axis: -1, activation: 'none' }, [-1, 8, 8, 1]);
      const y = calls === 1 ? normalize('first') : g.node('sum', 'add', [normalize('first'), normalize('second')], { activation: 'none' }, [-1, 8, 8, 1]);
      const flat = g.node('flatten', 'flatten', [y], {}, [-1, 64]);
      const d = g.node('dense', 'dense', [flat, g.weights('dense/kernel', [64, 4], 0.1), g.weights('dense/bias', [4], 0)], { activation: 'none' }, [-1, 4]);
      const trained = numbers((await run(request(g.build([d]), {}, { epochs: 1 }))).graph);
      return [trained['bn/mean']![0]!, trained['bn/variance']![0]!];
    };
    const [once, twice] = [await statisticsAfter(1), await statisticsAfter(2)];
    expect(once[1]).toBeGreaterThan(0.5);
    once.forEach((value, i) => expect(twice[i]).toBeCloseTo(value, 4));
  });

  it('is cancelled while it is paused', async () => {
    const cancel = new AbortController();
    const controls = { ...freeHand, signal: cancel.signal, whileResumed: () => new Promise<void>(() => setTimeout(() => cancel.abort())) };
    await expect(run(request(toyNet()), toyData(), { controls })).rejects.toMatchObject({ name: 'CancelledError' });
  });

  it('says at which step the loss is no number any more', async () => {
    const asked = request(toyNet(), {}, { learningRate: 1e30, optimizer: 'sgd', schedule: 'constant', heldOut: 0.25 });
    const failure = await run(asked).then(() => null, (error: unknown) => error as DivergedError);
    expect(failure).toBeInstanceOf(DivergedError);
    expect(failure!.message).toMatch(/no number at step [2-9] of 36\..*lower learning rate than 1e\+30/);
    expect(failure!.best).toBeNull();
  });

  it('gives the best epoch when the loss ceases to be a number later', async () => {
    const asked = request(toyNet(), {}, { heldOut: 0.25 });
    const data = toyData();
    let reads = 0;
    // Twelve steps an epoch and four batches held out: within the third epoch.
    const poisoned = { ...data, read: async (indices: Uint32Array) => { const batch = await data.read(indices); if (++reads > 40) batch.inputs[0]!.data.fill(Number.NaN); return batch; } };
    const before = memory().numTensors;
    const result = await run(asked, poisoned);
    expect(result.endedBy).toBe('diverged');
    expect([1, 2]).toContain(result.bestEpoch);
    expect(Object.values(numbers(result.graph)).flat().every(Number.isFinite)).toBe(true);
    expect(memory().numTensors).toBe(before);
  });

  it('leaves no tensor behind over 200 steps', async () => {
    const teacher = toyNet({ width: 4 });
    const hints = [{ student: 'relu:0', teacher: 'relu:0', weight: 0.1 }];
    const asked = request(toyNet({ dropout: 0.2 }), { teacher, objective: { labelWeight: 0.5, temperature: 2, hints, labelSmoothing: 0 } }, { epochs: 13, heldOut: 0.05 });
    await run({ ...asked, settings: { ...asked.settings, epochs: 1 } });
    const before = memory();
    const counts: number[] = [];
    const result = await run(asked, toyData(), { report: () => counts.push(memory().numTensors) });
    expect(result.history.at(-1)!.step).toBeGreaterThan(190);
    expect(new Set(counts.slice(2)).size).toBeLessThanOrEqual(2);
    expect(memory().numTensors).toBe(before.numTensors);
    expect(memory().numDataBuffers).toBe(before.numDataBuffers);
  });

  it('refuses what cannot be learned from', async () => {
    const data = toyData();
    await expect(run(request(toyNet()), { ...data, labelled: false })).rejects.toMatchObject({ name: 'DataError', message: expect.stringMatching(/no labels/) as string });
    await expect(run(request(toyNet(), { objective: { labelWeight: 0.5, temperature: 1, hints: [], labelSmoothing: 0 } }))).rejects.toMatchObject({ name: 'OptionError', message: expect.stringMatching(/need a teacher/) as string });
    const objective = { labelWeight: 1, temperature: 1, hints: [], labelSmoothing: 0.1 };
    const toy = toyNet();
    const yesOrNo: Graph = { ...toy, nodes: toy.nodes.map((node) => (node.op === 'softmax' ? { ...node, op: 'sigmoid', attributes: {} } : node)) };
    await expect(run(request(yesOrNo, { objective }))).rejects.toMatchObject({ name: 'OptionError', message: expect.stringMatching(/smoothing is 0.1.*yes or no.*Set it to 0/) as string });
    await expect(run(request(toyNet({ output: 'linear' }), { objective }), { ...data, classCount: 9 })).rejects.toMatchObject({ name: 'OptionError' });
  });
});

describe('fit under constraints', () => {
  const mask = { kind: 'mask', pattern: { kind: 'unstructured' }, initialSparsity: 0, finalSparsity: 0.8, from: 0, to: 0.5, everySteps: 5, group: null, ranking: 'magnitude' } as const;
  const zerosOf = (graph: Graph, name: string): number[] => numbers(graph)[name]!.flatMap((value, i) => (value === 0 ? [i] : []));

  it('prunes along a schedule, and still answers right', async () => {
    const trained = (await run(request(toyNet(), {}, { epochs: 4 }))).graph;
    const result = await run(request(trained, { constraints: { 'dense/kernel': [mask] } }, { epochs: 4, heldOut: 0.1 }));
    expect(zerosOf(result.graph, 'dense/kernel')).toHaveLength(Math.round(96 * 4 * 0.8));
    expect(await accuracy(result.graph)).toBeGreaterThan(0.85);
    // The start and the epochs in which zeros still grow are no results.
    expect(result.bestEpoch).toBeGreaterThan(1);
  });

  it('keeps exactly the zeros that there are', async () => {
    const pruned = (await run(request(toyNet(), { constraints: { 'dense/kernel': [mask] } }, { epochs: 2 }))).graph;
    const again = (await run(request(pruned, { constraints: { 'dense/kernel': [{ kind: 'keep-zeros' }] } }, { epochs: 2, weightDecay: 0.01 }))).graph;
    expect(zerosOf(again, 'dense/kernel')).toEqual(zerosOf(pruned, 'dense/kernel'));
    expect(numbers(again)['dense/kernel']).not.toEqual(numbers(pruned)['dense/kernel']);
  });

  it('gives the final sparsity to a person who finishes early', async () => {
    let steps = 0;
    const result = await run(request(toyNet(), { constraints: { 'dense/kernel': [mask] } }, { epochs: 10, heldOut: 0.1 }), toyData(), { controls: { ...freeHand, wantsToFinish: () => ++steps > 8 } });
    expect(zerosOf(result.graph, 'dense/kernel')).toHaveLength(Math.round(96 * 4 * 0.8));
  });

  it('zeros, palette and grid compose: few values, in the encoding of the last, and it still answers right', async () => {
    const palette = { kind: 'palette', bits: 4, axis: null, codebook: Float32Array.from({ length: 15 }, (_, i) => (i - 7) / 12), codebookStorage: 'float32', keepZeros: true } as const;
    const affine = { kind: 'affine', bits: 8, symmetric: true, axis: null, blockSize: null, range: 'last-value', scale: null, zeroPoint: null } as const;
    const pruned = (await run(request(toyNet(), { constraints: { 'dense/kernel': [mask] } }))).graph;
    const { graph } = await run(request(pruned, { constraints: { 'dense/kernel': [{ kind: 'keep-zeros' }, palette, affine] } }, { heldOut: 0.1 }));
    expect(graph.values['dense/kernel']!.tensor!.encoding).toMatchObject({ kind: 'affine', bits: 8, signed: true });
    expect(zerosOf(graph, 'dense/kernel')).toEqual(zerosOf(pruned, 'dense/kernel'));
    expect(new Set(numbers(graph)['dense/kernel']).size).toBeLessThanOrEqual(16);
    expect(await accuracy(graph)).toBeGreaterThan(0.85);
  });

  it('learns on two bits, and the scales with it', async () => {
    const affine = (range: 'learned' | 'fixed') => ({ kind: 'affine', bits: 2, symmetric: true, axis: 1, blockSize: null, range, scale: new Float32Array(4).fill(0.5), zeroPoint: null }) as const;
    const trained = (await run(request(toyNet(), {}, { epochs: 4 }))).graph;
    const [learned, fixed] = [
      await run(request(trained, { constraints: { 'dense/kernel': [affine('learned')] } }, { epochs: 4 })),
      await run(request(trained, { constraints: { 'dense/kernel': [affine('fixed')] } }, { epochs: 4 })),
    ];
    expect(new Set(numbers(learned.graph)['dense/kernel']).size).toBeLessThanOrEqual(12);
    expect((learned.graph.values['dense/kernel']!.tensor!.encoding as { scale: Float32Array }).scale).not.toEqual(new Float32Array(4).fill(0.5));
    expect(learned.history.at(-1)!.loss).toBeLessThan(fixed.history.at(-1)!.loss * 1.2);
    expect(await accuracy(learned.graph)).toBeGreaterThan(0.85);
  });

  it('a frozen constant stands still', async () => {
    const start = toyNet();
    const { graph } = await run(request(start, { frozen: ['conv/kernel', 'bn/mean', 'bn/variance'] }, { epochs: 1 }));
    for (const id of ['conv/kernel', 'bn/mean', 'bn/variance']) expect(numbers(graph)[id]).toEqual(numbers(start)[id]);
    expect(numbers(graph)['dense/kernel']).not.toEqual(numbers(start)['dense/kernel']);
  });
});

describe('fit with a teacher', () => {
  it('learns without labels', async () => {
    const teacher = (await run(request(toyNet(), {}, { epochs: 4 }))).graph;
    const data = toyData();
    const unlabelled = { ...data, labelled: false, read: async (indices: Uint32Array) => ({ ...(await data.read(indices)), labels: null }) };
    const asked = request(toyNet({ width: 4 }), { teacher, objective: { labelWeight: 0, temperature: 3, hints: [], labelSmoothing: 0 } }, { epochs: 4, heldOut: 0.1 });
    const result = await run(asked, unlabelled);
    expect(result.history.at(-1)).toMatchObject({ heldOutAccuracy: null });
    expect(await accuracy(result.graph)).toBeGreaterThan(0.85);
  });

  it('takes hints through a projection where widths differ', async () => {
    const teacher = (await run(request(toyNet(), {}, { epochs: 4 }))).graph;
    const hint = (weight: number) => ({ labelWeight: 0.5, temperature: 3, hints: [{ student: 'relu:0', teacher: 'relu:0', weight }], labelSmoothing: 0 });
    const asked = request(toyNet({ width: 3 }), { teacher, objective: hint(1) });
    const result = await run(asked);
    expect(result.history.at(-1)!.loss).toBeLessThan(result.history[0]!.loss);
    expect(numbers(result.graph)).not.toEqual(numbers((await run({ ...asked, objective: hint(0) })).graph));
    await expect(run({ ...asked, objective: { ...hint(1), hints: [{ student: 'relu:0', teacher: 'pool:0', weight: 1 }] } })).rejects.toMatchObject({ name: 'OptionError' });
  });
});
