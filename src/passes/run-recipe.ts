/**
 * Runs a recipe step by step. The runner checks options, resolves rules, checks the graph after every pass and names
 * the pass in any error. Results are kept by prefix in `cache`, so that a slider re-runs only what it changed.
 */
import { checkGraph } from '../ir/check';
import type { Graph } from '../ir/graph';
import type { Diagnostic } from '../lib/diagnostics';
import { isErrorOf, messageOf, throwIfCancelled, WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import type { ReportProgress } from '../lib/progress';
import { checkOps } from '../ops/check';
import { findPassMeta } from './catalog';
import { loadPass } from './index';
import type { PassContext, Recipe } from './pass';
import { effectiveSteps, stepLooksAtData, stepTrains } from './recipe';
import { resolveRules } from './rules';

export interface StepResult {
  readonly graph: Graph;
  readonly diagnostics: readonly Diagnostic[];
}

/** Results by the key of everything that led to them. The engine bounds it. */
export interface StepCache {
  get(key: string): StepResult | undefined;
  set(key: string, result: StepResult): void;
}

export interface RecipeResult extends StepResult {
  readonly cachedSteps: number;
}

export interface RunnerContext {
  readonly report: ReportProgress;
  readonly signal?: AbortSignal;
  readonly seed: number;
  readonly execute: PassContext['execute'];
  readonly prepare: PassContext['prepare'];
  readonly examples: PassContext['examples'];
  readonly trainer: PassContext['trainer'];
  readonly gradients: PassContext['gradients'];
  readonly student: PassContext['student'];
  /** Names the data and how they are fed: results of passes that look at data hang on it. */
  readonly dataKey: string;
  /** Names what is learned from, and the student that is taught: results of passes that train hang on it. */
  readonly trainingKey: string;
  readonly cache: StepCache;
}

/** Applies the steps that are on, in order. Throws PassError (naming the pass and what ran before it) or OptionError. */
export async function runRecipe(graph: Graph, recipe: Recipe, context: RunnerContext): Promise<RecipeResult> {
  const steps = effectiveSteps(recipe);
  let result: StepResult = { graph, diagnostics: [] };
  let cachedSteps = 0;
  let reference = graph;
  let teacher = graph;
  let isExact = true;
  let isOriginal = true;
  let looksAtData = false;
  let hasLearned = false;
  for (const [index, step] of steps.entries()) {
    throwIfCancelled(context.signal);
    looksAtData ||= stepLooksAtData(step);
    const { exact } = findPassMeta(step.pass)!;
    // What was learned is what the numbers should be from there on.
    isExact = (isExact && exact) || stepTrains(step);
    isOriginal &&= exact;
    hasLearned ||= stepTrains(step);
    const key = hashOf([context.seed, steps.slice(0, index + 1), looksAtData ? context.dataKey : null, hasLearned ? context.trainingKey : null]);
    const cached = context.cache.get(key);
    if (cached) {
      result = cached;
      cachedSteps++;
      if (isExact) reference = result.graph;
      if (isOriginal) teacher = result.graph;
      continue;
    }
    const pass = await loadPass(step.pass);
    context.report({ stage: pass.meta.id, fraction: index / steps.length });
    const passContext: PassContext = {
      report: (progress) =>
        context.report({ ...progress, fraction: (index + (progress.fraction ?? 0)) / steps.length }),
      execute: context.execute,
      prepare: context.prepare,
      examples: context.examples,
      trainer: context.trainer,
      gradients: context.gradients,
      student: context.student,
      reference,
      teacher,
      seed: context.seed,
      ...(context.signal ? { signal: context.signal } : {}),
      optionsFor: (nodeName, op) => resolveRules(step.options, step.rules, nodeName, op),
    };
    try {
      const output = await pass.run(result.graph, step.options as never, passContext);
      checkGraph(output.graph, `After ${pass.meta.id}`);
      checkOps(output.graph);
      result = { graph: output.graph, diagnostics: [...result.diagnostics, ...output.diagnostics] };
    } catch (error) {
      if (isErrorOf(error, 'CancelledError') || isErrorOf(error, 'UntrainedError')) throw error;
      const before = steps.slice(0, index).map((earlier) => earlier.pass);
      throw new WhittleError(
        'PassError',
        `${pass.meta.label} failed${before.length ? ` after ${before.join(', ')}` : ''}: ${messageOf(error)}`,
        { cause: error },
      );
    }
    context.cache.set(key, result);
    if (isExact) reference = result.graph;
    if (isOriginal) teacher = result.graph;
  }
  return { ...result, cachedSteps };
}
