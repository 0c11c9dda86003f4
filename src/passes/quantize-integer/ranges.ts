/**
 * From observations to grids. 'auto' takes, for each group of activations, by what reads it:
 *
 * 1. a softmax alone: the range that keeps its probabilities (calibration/softmax-range.ts);
 * 2. sigmoids and tanhs alone: least squared error within the numbers that change their rounded outputs;
 * 3. the model's outputs, an argmax, and the model's inputs: never cut;
 * 4. anything else: least squared error, what is cut off counted twice.
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import { integerRange, type Quantization } from '../../ir/quantization';
import { calibrationMethods, estimateRange, int16Levels, int8Levels, predictedSqnr, type CalibrationMethod, type Levels, type RealRange } from '../calibration/estimates';
import { mergeHistograms } from '../calibration/histogram';
import type { Observation } from '../calibration/observer';
import { softmaxRange, type LogitRows } from '../calibration/softmax-range';
import type { Group } from './groups';

export interface ChosenRange extends RealRange {
  readonly method: CalibrationMethod | 'softmax' | 'fixed';
  readonly sqnr: number;
  /** What each method would have given, in dB. */
  readonly predicted: Readonly<Record<CalibrationMethod, number>>;
}

export interface RangeContext {
  readonly graph: Graph;
  readonly method: CalibrationMethod | 'auto';
  readonly dtype: 'int8' | 'int16';
  readonly observed: ReadonlyMap<ValueId, Observation>;
  /** Examples of what softmaxes read. */
  readonly logits: ReadonlyMap<ValueId, LogitRows>;
  readonly consumers: ReadonlyMap<ValueId, readonly Node[]>;
}

/** Fewer examples of a softmax's input say too little. */
const FEWEST_LOGIT_ROWS = 32;
/**
 * What is cut off errs to one side, example after example, and adds up in the next layer; rounding errs to both and cancels. Counted twice
 * the predictions of both fashion models agree most with the float model's (1, 4 and 8 are worse).
 */
const CUT_WEIGHT = 2;
/** Beyond ±ln 511 a sigmoid is within half a step (1/256) of 0 or 1; beyond ±atanh(255/256) a tanh of ±1. */
const SATURATION = { sigmoid: Math.log(511), tanh: Math.atanh(255 / 256) } as const;

export function chooseRange(group: Group, context: RangeContext): ChosenRange {
  const { method, dtype, observed } = context;
  const observation = mergeObservations(group.sources.flatMap((id) => observed.get(id) ?? []));
  const levels = dtype === 'int16' ? int16Levels : int8Levels;
  const { estimate, chosen } = method === 'auto' ? chooseByReaders(group, observation, levels, context) : { estimate: estimateRange(observation, method, levels), chosen: method };
  const range = {
    minimum: Math.min(0, estimate.minimum, ...group.constants),
    maximum: Math.max(0, estimate.maximum, ...group.constants),
  };
  // The search for least squares is the long one, and was made already where it was chosen.
  const own = predictedSqnr(observation.histogram, estimate, levels);
  const predicted = Object.fromEntries(calibrationMethods.map((one) => [one, one === chosen ? own : estimateRange(observation, one, levels).sqnr])) as ChosenRange['predicted'];
  return { ...range, method: chosen, sqnr: predictedSqnr(observation.histogram, range, levels), predicted };
}

function chooseByReaders(group: Group, observation: Observation, levels: Levels, context: RangeContext): { estimate: RealRange; chosen: ChosenRange['method'] } {
  const { graph, dtype, logits } = context;
  const isEnd = group.values.some((id) => graph.inputs.includes(id) || graph.outputs.includes(id));
  const readers = readersOf(group, context.consumers);
  const whole = { minimum: observation.minimum, maximum: observation.maximum };
  const byLeastSquares = (): RealRange => estimateRange(observation, 'mse', levels, CUT_WEIGHT);
  if (isEnd || dtype === 'int16' || readers.length === 0) return isEnd ? { estimate: whole, chosen: 'min-max' } : { estimate: byLeastSquares(), chosen: 'mse' };
  if (readers.every(({ op }) => op === 'softmax')) {
    const rows = readers.map((node) => logits.get(node.inputs[0]!)).find((known) => known && known.data.length >= FEWEST_LOGIT_ROWS * known.classes);
    return rows ? { estimate: softmaxRange(rows, whole, levels.count), chosen: 'softmax' } : { estimate: whole, chosen: 'min-max' };
  }
  if (readers.every(({ op }) => op === 'sigmoid' || op === 'tanh')) {
    const limit = Math.max(...readers.map(({ op }) => SATURATION[op as keyof typeof SATURATION]));
    const { minimum, maximum } = byLeastSquares();
    return { estimate: { minimum: Math.max(minimum, -limit), maximum: Math.min(maximum, limit) }, chosen: 'mse' };
  }
  const isCompared = readers.some(({ op }) => op === 'softmax' || op === 'log-softmax' || op === 'argmax' || op === 'argmin');
  return isCompared ? { estimate: whole, chosen: 'min-max' } : { estimate: byLeastSquares(), chosen: 'mse' };
}

/** Nodes that read a group's values and do not merely pass them on within it. */
function readersOf(group: Group, consumers: ReadonlyMap<ValueId, readonly Node[]>): Node[] {
  const own = new Set(group.values);
  return group.values.flatMap((id) => consumers.get(id) ?? []).filter((node) => !node.outputs.some((id) => own.has(id)));
}

/** int8: asymmetric over 255 steps, zero exactly on a level. int16: symmetric. float32 scales. */
export function gridOf({ minimum, maximum }: RealRange, dtype: 'int8' | 'int16'): Quantization {
  if (dtype === 'int16') return { dtype, scale: positiveScale(Math.max(maximum, -minimum) / 32767), zeroPoint: 0 };
  const [lowest, highest] = integerRange(dtype);
  const scale = positiveScale((maximum - minimum) / (highest - lowest));
  return { dtype, scale, zeroPoint: Math.min(highest, Math.max(lowest, Math.round(lowest - minimum / scale))) };
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
