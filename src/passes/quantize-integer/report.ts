/** What the pass has to say: how ranges were found, where the noise is, and what stayed float. */
import type { Graph, Node } from '../../ir/graph';
import { statesOf } from '../../ir/states';
import { info, warning, type Diagnostic, type DiagnosticTable } from '../../lib/diagnostics';
import { median } from '../../lib/statistics';
import { calibrationMethods } from '../calibration/estimates';
import type { Observations } from '../calibration/observe';
import { layerNameOf } from '../weight-sites';
import type { ChosenRange } from './ranges';

export interface NamedRange extends ChosenRange {
  readonly name: string;
}

/** Names in a sentence; more are counted. */
const MOST_NAMES = 8;
const WORST_LAYERS = 3;

export function reportCalibration({ source, exampleCount }: Observations, ranges: readonly NamedRange[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if (source === 'statistics') {
    diagnostics.push(warning('No data were given: ranges come from what batch norm knows of its outputs, and from drawn inputs before the first of them. Give 100 examples or more for ranges that fit.'));
  }
  if (source === 'random') {
    diagnostics.push(warning('No data were given, and the model holds no batch norm to say what its numbers are like: ranges come from random inputs and may be far off. Give 100 examples or more.'));
  }
  const chosen = ranges.filter((range) => range.method !== 'fixed');
  if (chosen.length === 0) return diagnostics;
  const counts = new Map<string, number>();
  for (const { method } of chosen) counts.set(method, (counts.get(method) ?? 0) + 1);
  const methods = [...counts].map(([method, count]) => `${count} by ${method}`).join(', ');
  const side = calibrationMethods.map((method) => `${method} ${middleOf(chosen.map((range) => range.predicted[method])).toFixed(1)}`);
  // What a softmax reads is cut where its probabilities no longer show it: its noise says nothing.
  const worst = chosen.filter(({ sqnr, method }) => Number.isFinite(sqnr) && method !== 'softmax').sort((a, b) => a.sqnr - b.sqnr).slice(0, WORST_LAYERS);
  const where = source === 'data' ? `on ${exampleCount} examples` : 'without data';
  diagnostics.push(
    { ...info(`Predicted signal to quantization noise by method, the median of ${chosen.length} activations, in dB: ${side.join(', ')}; as chosen ${middleOf(chosen.map(({ sqnr }) => sqnr)).toFixed(1)}.`), table: calibrationTable(chosen) },
    info(`Ranges of ${chosen.length} activations found ${where}: ${methods}. Least signal to quantization noise: ${worst.map(({ name, sqnr, predicted }) => `${name} ${sqnr.toFixed(1)} dB${byMethod(predicted)}`).join('; ')}.`),
  );
  return diagnostics;
}

/** Infinite where every one is: then nothing is lost. */
function middleOf(decibels: readonly number[]): number {
  const finite = decibels.filter(Number.isFinite);
  return finite.length === 0 ? Number.POSITIVE_INFINITY : median(finite);
}

/** The five methods side by side, in the graph's order. */
function calibrationTable(ranges: readonly NamedRange[]): DiagnosticTable {
  return {
    kind: 'calibration',
    columns: calibrationMethods,
    rows: ranges.map(({ name, predicted, method, sqnr }) => ({
      name,
      values: calibrationMethods.map((one) => hundredths(predicted[one])),
      chosen: method,
      chosenValue: hundredths(sqnr),
    })),
  };
}

/** The predictions are no better. */
function hundredths(sqnr: number): number | null {
  return Number.isFinite(sqnr) ? Math.round(sqnr * 100) / 100 : null;
}

function byMethod(predicted: NamedRange['predicted']): string {
  return ` (${calibrationMethods.map((method) => `${method} ${predicted[method].toFixed(1)}`).join(', ')})`;
}

/** Every example is a first step: what a state becomes later was not seen. */
export function reportStates(graph: Graph): Diagnostic[] {
  if (statesOf(graph).length === 0) return [];
  return [warning('The model keeps variables from one run to the next, and calibration runs every example from their first values: ranges fit the first step of a stream and may cut later ones. Compare the answers over a whole stream before you ship it.')];
}

export function reportFloats(floats: readonly { readonly node: Node; readonly reason: string }[]): Diagnostic[] {
  if (floats.length === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const { node, reason } of floats) {
    const key = `${node.op}: ${reason}`;
    byReason.set(key, [...(byReason.get(key) ?? []), layerNameOf(node)]);
  }
  const parts = [...byReason].map(([key, names]) => `${key} (${listed(names)})`);
  return [info(`${floats.length} of the layers stay float, with conversions around them. ${parts.join('; ')}.`)];
}

export function reportNotes(notes: ReadonlyMap<string, readonly string[]>): Diagnostic[] {
  return [...notes].map(([note, names]) => info(`${names.length} layers keep 8 bits or nearest rounding: ${note} (${listed(names)}).`));
}

function listed(names: readonly string[]): string {
  const shown = [...new Set(names)];
  return shown.length <= MOST_NAMES ? shown.join(', ') : `${shown.slice(0, MOST_NAMES).join(', ')} and ${shown.length - MOST_NAMES} more`;
}
