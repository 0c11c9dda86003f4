/** Fine-tuning asks for training and nothing else. The trainer is a double at its contract. */
import { describe, expect, it } from 'vitest';
import { decodeFloats } from '../../../src/ir/tensor';
import { defaultsOf, type OptionValue } from '../../../src/options/options';
import { fineTuneOptions } from '../../../src/passes/fine-tune/meta';
import { fineTune } from '../../../src/passes/fine-tune/run';
import { pruneMagnitude } from '../../../src/passes/prune-magnitude/run';
import type { PassContext } from '../../../src/passes/pass';
import { smallConvNet } from '../../ir/graphs';
import { fakeTrainer } from '../fake-trainer';
import { contextOf } from '../run-graph';

async function tuned(given: Readonly<Record<string, OptionValue>> = {}, change: Partial<PassContext> = {}, graph = smallConvNet()) {
  const options = { ...defaultsOf(fineTuneOptions), ...given } as ReturnType<typeof defaultsOf<typeof fineTuneOptions>>;
  const trainer = fakeTrainer();
  const result = await fineTune.run(graph, options, { ...contextOf(options, graph), trainer, ...change });
  return { ...result, request: trainer.requests[0] };
}

describe('fine-tune', () => {
  it('hands every option over', async () => {
    const { request } = await tuned({
      epochs: 5, learningRate: 0.02, optimizer: 'sgd', schedule: 'step', batch: 64, weightDecay: 0.01, labelSmoothing: 0.1, dropout: false, augmentation: 'shift-flip', heldOut: 0.1, patience: 3,
    }, { seed: 4 });
    expect(request!.settings).toEqual({
      epochs: 5, learningRate: 0.02, optimizer: 'sgd', schedule: 'step', batch: 64, weightDecay: 0.01, dropout: false, augmentation: 'shift-flip', heldOut: 0.1, patience: 3, seed: 4,
    });
    expect(request!.objective).toEqual({ labelWeight: 1, temperature: 1, hints: [], labelSmoothing: 0.1 });
    expect(request!.constraints).toEqual({});
  });

  it('learns from the labels alone unless a teacher is asked for', async () => {
    expect((await tuned()).request!.teacher).toBeNull();
    const { request } = await tuned({ teacher: true, labelWeight: 0.25, temperature: 5 });
    expect(request!.teacher).not.toBeNull();
    expect(request!.objective).toMatchObject({ labelWeight: 0.25, temperature: 5 });
  });

  it('keeps the zeros of pruning', async () => {
    const options = { ...defaultsOf(pruneMagnitude.meta.options), sparsity: 0.7, ranking: 'layer' } as const;
    const pruned = (await pruneMagnitude.run(smallConvNet(), options, contextOf(options))).graph;
    const { graph, request } = await tuned({}, {}, pruned);
    expect(request!.constraints['dense/kernel']).toEqual([{ kind: 'keep-zeros' }]);
    const before = decodeFloats(pruned.values['dense/kernel']!.tensor!);
    const after = decodeFloats(graph.values['dense/kernel']!.tensor!);
    before.forEach((value, i) => expect(after[i] === 0).toBe(value === 0));
  });

  it('does nothing where a rule keeps every layer', async () => {
    const graph = smallConvNet();
    const result = await tuned({}, { optionsFor: () => null }, graph);
    expect(result.graph).toBe(graph);
    expect(result.request).toBeUndefined();
  });
});
