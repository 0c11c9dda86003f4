/**
 * From observations to grids. 'auto' takes for each group the range of least expected squared error (`mse`), except where cutting
 * would hurt more than its share of the energy tells: what the model's output, a softmax or an argmax reads, and what
 * the input of the model holds, is never cut.
 */
import type { Graph, ValueId } from '../../ir/graph';
import { integerRange, type Quantization } from '../../ir/quantization';
import { consumersOf } from '../../ir/walk';
import { estimateRange, int16Levels, int8Levels, predictedSqnr, type CalibrationMethod, type RealRange } from '../calibration/estimates';
import { mergeHistograms } from '../calibration/histogram';
import type { Observation } from '../calibration/observer';
import type { Group } from './groups';

export interface ChosenRange extends RealRange {
  readonly method: CalibrationMethod | 'fixed';
  readonly sqnr: number;
}

export interface RangeContext {
  readonly graph: Graph;
  readonly method: CalibrationMethod | 'auto';
  readonly dtype: 'int8' | 'int16';
  readonly observed: ReadonlyMap<ValueId, Observation>;
}

export function chooseRange(group: Group, isSensitive: boolean, { method, dtype, observed }: RangeContext): ChosenRange {
  const observation = mergeObservations(group.sources.flatMap((id) => observed.get(id) ?? []));
  const levels = dtype === 'int16' ? int16Levels : int8Levels;
  const chosen = method !== 'auto' ? method : isSensitive ? 'min-max' : 'mse';
  const estimate = estimateRange(observation, chosen, levels);
  const range = {
    minimum: Math.min(0, estimate.minimum, ...group.constants),
    maximum: Math.max(0, estimate.maximum, ...group.constants),
  };
  return { ...range, method: chosen, sqnr: predictedSqnr(observation.histogram, range, levels) };
}

/** int8: asymmetric over 255 steps, zero exactly on a level. int16: symmetric. float32 scales. */
export function gridOf({ minimum, maximum }: RealRange, dtype: 'int8' | 'int16'): Quantization {
  if (dtype === 'int16') return { dtype, scale: positiveScale(Math.max(maximum, -minimum) / 32767), zeroPoint: 0 };
  const [lowest, highest] = integerRange(dtype);
  const scale = positiveScale((maximum - minimum) / (highest - lowest));
  return { dtype, scale, zeroPoint: Math.min(highest, Math.max(lowest, Math.round(lowest - minimum / scale))) };
}

/** Values that are never cut. */
export function sensitiveValues(graph: Graph): Set<ValueId> {
  const consumers = consumersOf(graph);
  const sensitive = new Set<ValueId>([...graph.inputs, ...graph.outputs]);
  for (const [id, readers] of consumers) {
    if (readers.some(({ op }) => op === 'softmax' || op === 'log-softmax' || op === 'argmax' || op === 'argmin')) sensitive.add(id);
  }
  return sensitive;
}

/** All zeros, or smaller than float32 knows: any grid holds them. */
function positiveScale(scale: number): number {
  const rounded = Math.fround(scale);
  return rounded >= SMALLEST_SCALE ? rounded : rounded > 0 ? SMALLEST_SCALE : 1;
}

/** Products of two such scales are still normal float32 numbers. */
const SMALLEST_SCALE = Math.fround(2 ** -60);

function mergeObservations(parts: readonly Observation[]): Observation {
  return {
    minimum: Math.min(0, ...parts.map((part) => part.minimum)),
    maximum: Math.max(0, ...parts.map((part) => part.maximum)),
    movingMinimum: Math.min(0, ...parts.map((part) => part.movingMinimum)),
    movingMaximum: Math.max(0, ...parts.map((part) => part.movingMaximum)),
    histogram: mergeHistograms(parts.map((part) => part.histogram)),
    means: null,
  };
}
