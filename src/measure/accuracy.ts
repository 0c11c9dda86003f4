/**
 * Accuracy on labelled data, and fidelity without labels. Both models see the same examples, so that the change has a
 * paired interval: at 10,000 images and 92 % an unpaired one would be ±0.53 points, a paired one is mostly under ±0.3.
 */
import { throwIfCancelled, WhittleError } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { mcNemarExact, pairedChange, wilsonInterval } from '../lib/statistics';
import type { Batch, PreparedModel } from '../runtime/backend';
import type { AccuracyReport, ComparisonReport, FidelityReport } from './types';

/** A p below this is called a change (the interval's own level). */
const SIGNIFICANCE = 0.05;

/** Where examples come from: preprocessed inputs of [start, end), and their labels. */
export interface Examples {
  readonly count: number;
  readonly labels: Int32Array | null;
  inputs(start: number, end: number): Promise<readonly Batch[]>;
}

export interface Walk {
  readonly batchSize: number;
  readonly report: ReportProgress;
  readonly signal?: AbortSignal;
}

/** Predicted class of every example. Throws a DataError when the output is no classification. */
export async function predictClasses(model: PreparedModel, examples: Examples, walk: Walk): Promise<Int32Array> {
  const classes = new Int32Array(examples.count);
  for (let start = 0; start < examples.count; start += walk.batchSize) {
    throwIfCancelled(walk.signal);
    const end = Math.min(start + walk.batchSize, examples.count);
    const [output] = await model.run(await examples.inputs(start, end));
    const found = argmaxRows(output!, end - start);
    if (!found) {
      throw new WhittleError(
        'DataError',
        `Accuracy needs one row of class scores for each example; the first output has the shape [${output!.shape.join(', ')}].`,
      );
    }
    classes.set(found, start);
    walk.report({ stage: 'accuracy', fraction: end / examples.count, detail: `${end} / ${examples.count}` });
  }
  return classes;
}

/** The argmax of each of `rows` rows; undefined when the output is no matrix of scores. A single column is a yes above one half. */
export function argmaxRows(output: Batch, rows: number): Int32Array | undefined {
  const { data, shape } = output;
  const columns = data.length / rows;
  const isMatrix = shape.length >= 2 && shape[0] === rows && shape.slice(1).filter((dimension) => dimension !== 1).length <= 1;
  if (!isMatrix) return undefined;
  return Int32Array.from({ length: rows }, (_, row) => {
    if (columns === 1) return data[row]! > 0.5 ? 1 : 0;
    let best = 0;
    for (let column = 1; column < columns; column++) {
      if (data[row * columns + column]! > data[row * columns + best]!) best = column;
    }
    return best;
  });
}

export function accuracyOf(predicted: Int32Array, labels: Int32Array): AccuracyReport {
  let correct = 0;
  for (let i = 0; i < predicted.length; i++) if (predicted[i] === labels[i]) correct++;
  return { accuracy: wilsonInterval(correct, predicted.length), count: predicted.length, correct };
}

/** Candidate against original from their predictions on the same examples. */
export function compare(original: Int32Array, candidate: Int32Array, labels: Int32Array): ComparisonReport {
  const table = { both: 0, onlyOriginal: 0, onlyCandidate: 0, neither: 0 };
  for (let i = 0; i < original.length; i++) {
    const first = original[i] === labels[i];
    const second = candidate[i] === labels[i];
    table[first ? (second ? 'both' : 'onlyOriginal') : second ? 'onlyCandidate' : 'neither']++;
  }
  const change = pairedChange(table.both, table.onlyOriginal, table.onlyCandidate, table.neither);
  const pValue = mcNemarExact(table.onlyOriginal, table.onlyCandidate);
  const isChange = pValue < SIGNIFICANCE && (change.low > 0 || change.high < 0);
  return {
    original: accuracyOf(original, labels),
    candidate: accuracyOf(candidate, labels),
    change,
    pValue,
    verdict: !isChange ? 'no-measurable-change' : change.value > 0 ? 'better' : 'worse',
  };
}

/** How close two models' outputs are on the same inputs. */
export async function measureFidelity(
  original: PreparedModel,
  candidate: PreparedModel,
  examples: Examples,
  walk: Walk,
): Promise<FidelityReport> {
  let agreeing: number | null = 0;
  let signal = 0;
  let noise = 0;
  let largestDifference = 0;
  for (let start = 0; start < examples.count; start += walk.batchSize) {
    throwIfCancelled(walk.signal);
    const end = Math.min(start + walk.batchSize, examples.count);
    const inputs = await examples.inputs(start, end);
    const before = await original.run(inputs);
    const after = await candidate.run(inputs);
    for (const [i, output] of before.entries()) {
      const other = after[i]!;
      for (let j = 0; j < output.data.length; j++) {
        const difference = output.data[j]! - other.data[j]!;
        signal += output.data[j]! ** 2;
        noise += difference ** 2;
        // Not Math.max: a NaN must not hide.
        if (!(Math.abs(difference) <= largestDifference)) largestDifference = Math.abs(difference);
      }
    }
    const first = argmaxRows(before[0]!, end - start);
    const second = argmaxRows(after[0]!, end - start);
    if (first && second && agreeing !== null) agreeing += first.reduce((sum, c, i) => sum + (c === second[i] ? 1 : 0), 0);
    else agreeing = null;
    walk.report({ stage: 'fidelity', fraction: end / examples.count, detail: `${end} / ${examples.count}` });
  }
  return {
    count: examples.count,
    agreement: agreeing === null ? null : agreeing / examples.count,
    sqnrDb: noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise),
    largestDifference,
  };
}
