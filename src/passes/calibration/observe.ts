/**
 * Runs a graph on the person's examples, batch by batch, and observes chosen activations: one pass over the data, memory bounded
 * by one batch. Without data it runs on drawn numbers (`drawn-inputs.ts`).
 */
import type { Graph, ValueId } from '../../ir/graph';
import { throwIfCancelled, WhittleError } from '../../lib/errors';
import type { Batch, PreparedModel } from '../../runtime/backend';
import type { PassContext } from '../pass';
import { drawnExamples } from './drawn-inputs';
import { createObserver, type Observation, type Observer } from './observer';

export interface Watch {
  readonly id: ValueId;
  /** Keep the mean of each feature. */
  readonly means: boolean;
  /** Also handed every batch of it, e.g. to gather its second moments. */
  readonly take?: (batch: Batch) => void;
}

export interface Observations {
  readonly of: ReadonlyMap<ValueId, Observation>;
  readonly exampleCount: number;
  readonly source: 'data' | 'statistics' | 'random';
}

/** Examples at once: larger batches are no faster and hold more memory; moving averages are over batches. */
const MOST_EXAMPLES_AT_ONCE = 25;
/** Numbers of watched activations held at once (64 MB). */
const MOST_NUMBERS_AT_ONCE = 1 << 24;
/** Examples drawn where no data are given. */
const DRAWN_EXAMPLES = 64;

/** Observes `watches` of `graph` on the first `samples` examples (0: all). Throws a PassError when there are too few. */
export async function observe(graph: Graph, watches: readonly Watch[], context: PassContext, samples: number): Promise<Observations> {
  if (watches.length === 0) return { of: new Map(), exampleCount: 0, source: context.examples ? 'data' : 'random' };
  const { examples } = context;
  if (!examples) return observeDrawn(graph, watches, context);
  const fixedBatch = Math.max(-1, ...graph.inputs.map((id) => graph.values[id]!.shape?.[0] ?? -1));
  const batch = fixedBatch > 0 ? fixedBatch : batchSize(graph, watches);
  const wanted = samples === 0 ? examples.count : Math.min(samples, examples.count);
  const count = fixedBatch > 0 ? wanted - (wanted % fixedBatch) : wanted;
  if (count === 0) throw new WhittleError('PassError', `Calibration needs examples: ${examples.count} were given${fixedBatch > 1 ? `, and the model takes ${fixedBatch} at once` : ''}.`);
  return withModel(graph, context, async (model) => {
    const observers = observersOf(graph, watches);
    for (let start = 0; start < count; start += batch) {
      throwIfCancelled(context.signal);
      context.report({ stage: 'Calibrating', fraction: start / count });
      const size = Math.min(batch, count - start);
      await observeBatch(model, await examples.inputs(start, size), observers, size);
    }
    return { of: finished(observers), exampleCount: count, source: 'data' };
  });
}

async function observeDrawn(graph: Graph, watches: readonly Watch[], context: PassContext): Promise<Observations> {
  const drawn = drawnExamples(graph, context.seed);
  const observers = observersOf(graph, watches);
  return withModel(drawn.graph, context, async (model) => {
    const batch = Math.min(DRAWN_EXAMPLES, drawn.fixedBatch ?? batchSize(graph, watches));
    for (let start = 0; start < DRAWN_EXAMPLES; start += batch) {
      throwIfCancelled(context.signal);
      context.report({ stage: 'Calibrating without data', fraction: start / DRAWN_EXAMPLES });
      await observeBatch(model, drawn.inputs(batch), observers, batch);
    }
    return { of: finished(observers), exampleCount: 0, source: drawn.usesStatistics ? 'statistics' : 'random' };
  });
}

interface WatchedObserver {
  readonly watch: Watch;
  readonly observer: Observer;
}

function observersOf(graph: Graph, watches: readonly Watch[]): WatchedObserver[] {
  return watches.map((watch) => ({ watch, observer: createObserver(graph.values[watch.id]!.name, watch.means) }));
}

async function withModel<T>(graph: Graph, context: PassContext, work: (model: PreparedModel) => Promise<T>): Promise<T> {
  const model = await context.prepare(graph);
  try {
    return await work(model);
  } finally {
    model.dispose();
  }
}

async function observeBatch(model: PreparedModel, inputs: readonly Batch[], observers: readonly WatchedObserver[], size: number): Promise<void> {
  const { values } = await model.runWith(inputs, observers.map(({ watch }) => watch.id));
  for (const { watch, observer } of observers) {
    const batch = values.get(watch.id)!;
    // Only float32 values are watched.
    observer.add(batch.data as Float32Array, size);
    watch.take?.(batch);
  }
}

function finished(observers: readonly WatchedObserver[]): Map<ValueId, Observation> {
  return new Map(observers.map(({ watch, observer }) => [watch.id, observer.done()]));
}

function batchSize(graph: Graph, watches: readonly Watch[]): number {
  const numbers = watches.reduce((sum, { id }) => {
    const shape = graph.values[id]!.shape ?? [];
    return sum + shape.slice(1).reduce((product, size) => product * Math.abs(size), 1);
  }, 0);
  return Math.max(1, Math.min(MOST_EXAMPLES_AT_ONCE, Math.floor(MOST_NUMBERS_AT_ONCE / Math.max(1, numbers))));
}
