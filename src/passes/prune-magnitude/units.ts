/** What pruning removes at a time: single weights or tiles of the weight matrix, each with a score. */
import { decodeFloats, type Tensor } from '../../ir/tensor';

export interface Units {
  readonly scores: Float64Array;
  /** Weights in a unit. */
  sizeOf(unit: number): number;
  /** The unit that an element belongs to. */
  unitOf(element: number): number;
}

export function elementUnits(tensor: Tensor): Units {
  return {
    scores: Float64Array.from(decodeFloats(tensor), Math.abs),
    sizeOf: () => 1,
    unitOf: (element) => element,
  };
}

/**
 * Tiles of `rows` × `columns` over the matrix whose columns are the output channels and whose rows are all the rest, in
 * row-major order; tiles at the edge are smaller. The score is the mean |w|.
 */
export function blockUnits(tensor: Tensor, rows: number, columns: number, inputAxis: number, outputAxis: number): Units {
  const { shape } = tensor;
  const values = decodeFloats(tensor);
  const outputs = shape[outputAxis]!;
  const outputStride = shape.slice(outputAxis + 1).reduce((a, b) => a * b, 1);
  const inputs = values.length / outputs;
  const tilesAcross = Math.ceil(outputs / columns);
  const isOutputLast = outputAxis > inputAxis;
  const unitOf = (element: number): number => {
    const output = Math.floor(element / outputStride) % outputs;
    const row = isOutputLast
      ? Math.floor(element / outputs)
      : Math.floor(element / (outputs * outputStride)) * outputStride + (element % outputStride);
    return Math.floor(row / rows) * tilesAcross + Math.floor(output / columns);
  };
  const count = Math.ceil(inputs / rows) * tilesAcross;
  const scores = new Float64Array(count);
  const sizes = new Float64Array(count);
  for (let i = 0; i < values.length; i++) {
    const unit = unitOf(i);
    scores[unit]! += Math.abs(values[i]!);
    sizes[unit]!++;
  }
  for (let unit = 0; unit < count; unit++) scores[unit]! /= sizes[unit]!;
  return { scores, sizeOf: (unit) => sizes[unit]!, unitOf };
}

/** LAMP: each score's square over the sum of squares of all scores of the tensor that are at least as large. */
export function lampScores(scores: Float64Array): Float64Array {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || b - a);
  const result = new Float64Array(scores.length);
  let sum = 0;
  for (const index of order) {
    const square = scores[index]! ** 2;
    sum += square;
    result[index] = sum === 0 ? 0 : square / sum;
  }
  return result;
}

/** The tensor's numbers with every unit but the kept ones set to zero. */
export function zeroAllBut(tensor: Tensor, units: Units, kept: Uint32Array): Float32Array {
  const isKept = new Uint8Array(units.scores.length);
  for (const unit of kept) isKept[unit] = 1;
  const before = decodeFloats(tensor);
  const values = new Float32Array(before.length);
  for (let i = 0; i < before.length; i++) if (isKept[units.unitOf(i)]) values[i] = before[i]!;
  return values;
}
