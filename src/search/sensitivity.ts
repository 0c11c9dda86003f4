/**
 * Sensitivity: each layer alone at each of several strengths of several passes, and how far the outputs move on the person's examples
 * (`divergence.ts`). Brute force on 64 examples ranks layers as the truth does, where errors of weights do not.
 *
 * The original runs once and its inner values are kept (`kept-values.ts`); a changed layer then costs the part of the graph after it
 * (`suffix.ts`). Rows come one by one, so that the work can be cut off, and rows that are known are not worked out again.
 */
import type { Graph } from '../ir/graph';
import { throwIfCancelled } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { hashOf } from '../lib/hash';
import { yieldToMessages } from '../lib/yield-to-messages';
import type { CalibrationExamples, PassContext, RecipeStep } from '../passes/pass';
import { runRecipe, type RunnerContext } from '../passes/run-recipe';
import type { Batch } from '../runtime/backend';
import { divergence, outputKind, varianceOf } from './divergence';
import { runAndKeep, type KeptRun } from './kept-values';
import { channelLayersOf, layersOf, layerStep } from './one-layer';
import { savingsOver } from './savings';
import { suffixOf } from './suffix';
import type { SensitivityRow, Variant } from './types';

export interface SensitivitySettings {
  /** Examples looked at: 64 to 256. */
  readonly samples: number;
  readonly seed: number;
  /** Rows from before; they are given again first, and not worked out. */
  readonly known: readonly SensitivityRow[];
  /** Layers to look at; null: all with weights. */
  readonly layers: readonly string[] | null;
  /** For passes that fold constants. */
  readonly execute: PassContext['execute'];
  /** False: every candidate runs whole. For comparison. */
  readonly reuse: boolean;
  /** How all weights end up, whatever is done to a layer: bytes are counted after it. */
  readonly stored?: readonly RecipeStep[];
}

/**
 * `graph`: what the outputs should be, its exact passes done. Layers in the order of the graph, each with all variants. Throws a
 * CancelledError when the signal is set; rows given before stay good.
 */
export async function* sensitivity(
  graph: Graph,
  variants: readonly Variant[],
  examples: CalibrationExamples,
  prepare: PassContext['prepare'],
  report: ReportProgress,
  signal: AbortSignal | undefined,
  settings: SensitivitySettings,
): AsyncGenerator<SensitivityRow> {
  const done = new Set(settings.known.map(rowKey));
  yield* settings.known;
  const open = questionsOf(graph, settings.layers ?? layersOf(graph), variants).filter((row) => !done.has(rowKey(row)));
  if (open.length === 0) return;
  const kept = await runAndKeep(graph, new Set(settings.reuse ? open.map(({ layer }) => layer) : []), examples, settings.samples, prepare, signal);
  const context = runnerContext(prepare, examples, signal, settings);
  const totals = savingsOver(graph, settings.stored, context);
  const compare = comparison(kept);
  for (const [i, choice] of open.entries()) {
    throwIfCancelled(signal);
    report({ stage: 'sensitivity', fraction: i / open.length, detail: choice.layer });
    await yieldToMessages();
    const { graph: changed } = await runRecipe(graph, { version: 1, steps: [layerStep(choice.pass, [choice])] }, context);
    const kl = changed === graph ? 0 : await measure(graph, changed, kept, { prepare, signal, reuse: settings.reuse, compare });
    yield { ...choice, ...(await totals(changed, choice.layer)), kl };
  }
  report({ stage: 'sensitivity', fraction: 1 });
}

/** Every layer with every variant; channels are asked about once for each group of them, at the layer that gives it its rule. */
export function questionsOf(graph: Graph, layers: readonly string[], variants: readonly Variant[]): (Variant & { readonly layer: string })[] {
  const ofGroups = new Set(variants.some(({ pass }) => pass === 'prune-channels') ? channelLayersOf(graph) : []);
  return layers.flatMap((layer) => variants.filter(({ pass }) => pass !== 'prune-channels' || ofGroups.has(layer)).map((variant) => ({ layer, ...variant })));
}

/** The same for the same layer, pass and options. */
export function rowKey({ layer, pass, options }: Pick<SensitivityRow, 'layer' | 'pass' | 'options'>): string {
  return hashOf([layer, pass, options]);
}

interface Measuring {
  readonly prepare: PassContext['prepare'];
  readonly signal: AbortSignal | undefined;
  readonly reuse: boolean;
  readonly compare: Compare;
}

async function measure(graph: Graph, changed: Graph, kept: KeptRun, { prepare, signal, reuse, compare }: Measuring): Promise<number> {
  const suffix = reuse ? suffixOf(graph, changed, kept.has) : { graph: changed, outputs: changed.outputs.map((_, i) => i) };
  if (!suffix) return 0;
  const model = await prepare(suffix.graph);
  let sum = 0;
  try {
    for (const batch of kept.batches) {
      throwIfCancelled(signal);
      const found = await model.run(suffix.graph.inputs.map((id) => batch.values.get(id)!));
      for (const [i, output] of suffix.outputs.entries()) sum += compare(output, batch.outputs[output]!, found[i]!);
    }
  } finally {
    model.dispose();
  }
  return sum / kept.count;
}

/** Of output `index`, summed over a batch. */
type Compare = (index: number, original: Batch, candidate: Batch) => number;

function comparison({ batches }: KeptRun): Compare {
  const outputs = batches[0]!.outputs.map((_, i) => batches.map((batch) => batch.outputs[i]!));
  const kinds = outputs.map(outputKind);
  const variances = outputs.map(varianceOf);
  return (index, original, candidate) => divergence(original, candidate, kinds[index]!, variances[index]!);
}

export function runnerContext(prepare: PassContext['prepare'], examples: CalibrationExamples | null, signal: AbortSignal | undefined, { seed, execute }: Pick<SensitivitySettings, 'seed' | 'execute'>): RunnerContext {
  return {
    report: () => {},
    ...(signal ? { signal } : {}),
    seed,
    prepare,
    execute,
    examples,
    // One layer at a time and once each: nothing is worth keeping, and nothing trains.
    cache: { get: () => undefined, set: () => undefined },
    dataKey: '',
    trainer: null,
    gradients: null,
    student: null,
    trainingKey: '',
  };
}
