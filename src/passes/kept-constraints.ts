/**
 * What earlier passes made of a graph's constants, as constraints of training, so that training keeps it:
 *
 * 1. zeros of a pruned weight stay exactly zero;
 * 2. a palette stays one, with as many entries;
 * 3. an affine grid stays the grid it is, scale and zero point. A bias of 32 bits is trained as a float and put back on its grid.
 */
import type { Graph, ValueId } from '../ir/graph';
import { decodeFloats, scaleCount, scaleIndexer, type AffineEncoding, type PaletteEncoding, type Shape, type Tensor } from '../ir/tensor';
import { floatsToHalves } from '../lib/half';
import type { AffineConstraint, Constraint, PaletteConstraint } from '../training/training';
import { groupValues } from './group-values';
import { chooseRange, roundHalfEven } from './quantize-weights/ranges';
import { weightSites } from './weight-sites';

export type Constraints = Readonly<Record<ValueId, readonly Constraint[]>>;

/** By value id of a constant; one that nothing was made of is absent. */
export function keptConstraints(graph: Graph): Constraints {
  const sites = new Set(weightSites(graph).map((site) => site.valueId));
  const statistics = movingStatistics(graph);
  const entries = Object.values(graph.values).flatMap(({ id, dtype, tensor }): [ValueId, Constraint[]][] => {
    if (!tensor || dtype !== 'float32' || statistics.has(id)) return [];
    const constraints = constraintsOf(tensor, sites.has(id));
    return constraints.length > 0 ? [[id, constraints]] : [];
  });
  return Object.fromEntries(entries);
}

/**
 * Kept constraints and those of a pass, in the order in which they compose. The pass's own replaces a kept one of its kind, and its palette a
 * kept grid, as the pass does without training. A kept palette under a new mask gets an entry for the zeros.
 */
export function mergeConstraints(graph: Graph, kept: Constraints, own: Constraints): Constraints {
  const merged: Record<ValueId, readonly Constraint[]> = { ...kept };
  for (const [id, added] of Object.entries(own)) {
    const kinds = new Set(added.map(({ kind }) => kind));
    const left = (kept[id] ?? []).filter(({ kind }) => !kinds.has(kind) && !(kind === 'affine' && kinds.has('palette')));
    const all = [...left.map((one) => (one.kind === 'palette' && kinds.has('mask') ? withZero(one, graph.values[id]!.tensor!.shape) : one)), ...added];
    merged[id] = all.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  }
  return merged;
}

/** The tensor `after` training stored as the one `before` was, where no constraint does that: half floats, and grids of biases and statistics. */
export function storedAs(before: Tensor, after: Tensor): Tensor {
  if (before.encoding.kind === 'affine' && after.encoding.kind === 'affine') return { ...after, encoding: withSign(after.encoding, before.encoding.signed) };
  if (after.encoding.kind !== 'dense' || after.encoding.storage !== 'float32') return after;
  const { encoding } = before;
  switch (encoding.kind) {
    case 'dense':
      return encoding.storage === 'float16' ? { ...after, encoding: { ...encoding, data: floatsToHalves(after.encoding.data) } } : after;
    case 'affine':
      return { ...after, encoding: onGridLike(encoding, after) };
    case 'palette':
      return after;
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

/**
 * The grid that a pass chose, to be trained on. At 8 bits and more the scale follows the largest weight; with few levels, or where rare
 * large weights are cut off, it is learned, from where the pass put it.
 */
export function gridToTrain(encoding: AffineEncoding, clips = encoding.bits <= 4): AffineConstraint {
  const kept = affineConstraint(encoding, encoding.bits as AffineConstraint['bits']);
  return clips && kept.scale ? { ...kept, range: 'learned' } : { ...kept, range: 'last-value', scale: null, zeroPoint: null };
}

/** The same numbers in integers that are signed, or not. */
export function withSign(encoding: AffineEncoding, signed: boolean): AffineEncoding {
  if (encoding.signed === signed || encoding.bits === 32) return encoding;
  const shift = (signed ? -1 : 1) * 2 ** (encoding.bits - 1);
  const shifted = Array.from(encoding.values, (value) => value + shift);
  const values = encoding.bits === 16 ? (signed ? Int16Array : Uint16Array).from(shifted) : (signed ? Int8Array : Uint8Array).from(shifted);
  return { ...encoding, signed, values, zeroPoint: encoding.zeroPoint.map((zero) => zero + shift) };
}

/** Whether a weight was pruned: it holds zeros, but not only. */
export function isPruned(tensor: Tensor): boolean {
  const { encoding } = tensor;
  if (encoding.kind === 'affine') return hasMoreZerosThanRounding(encoding);
  const values = decodeFloats(tensor);
  return values.includes(0) && values.some((value) => value !== 0);
}

const ORDER: readonly Constraint['kind'][] = ['keep-zeros', 'mask', 'palette', 'affine'];

function constraintsOf(tensor: Tensor, isSite: boolean): Constraint[] {
  const { encoding } = tensor;
  const constraints: Constraint[] = [];
  const pruned = isSite && isPruned(tensor);
  if (pruned) constraints.push({ kind: 'keep-zeros' });
  if (encoding.kind === 'palette') constraints.push(paletteConstraint(encoding, pruned));
  if (encoding.kind === 'affine' && encoding.bits !== 32) constraints.push(affineConstraint(encoding, encoding.bits));
  return constraints;
}

function paletteConstraint({ bits, axis, codebook, codebookStorage }: PaletteEncoding, keepZeros: boolean): PaletteConstraint {
  return { kind: 'palette', bits, axis, codebook, codebookStorage, keepZeros };
}

function affineConstraint(encoding: AffineEncoding, bits: AffineConstraint['bits']): AffineConstraint {
  const { signed, values, scale, zeroPoint, axis, blockSize } = encoding;
  const lowest = -(2 ** (bits - 1) - 1);
  const symmetric = signed && zeroPoint.every((zero) => zero === 0) && !values.some((value) => value < lowest);
  const grid = { kind: 'affine', bits, symmetric, axis, blockSize } as const;
  if (symmetric) return { ...grid, range: 'fixed', scale, zeroPoint };
  const unsigned = withSign(encoding, false).zeroPoint;
  // Files of TensorFlow.js may hold zero points between levels: such a grid is laid anew over the weights.
  if (!unsigned.every((zero) => Number.isInteger(zero) && zero >= 0 && zero < 2 ** bits)) return { ...grid, range: 'last-value', scale: null, zeroPoint: null };
  return { ...grid, range: 'fixed', scale, zeroPoint: unsigned };
}

/**
 * Rounding to few levels makes zeros too, and those may grow again. Pruning leaves no small weights: more zeros than at both neighbouring levels
 * together, by this factor, are not of rounding (a Laplace distribution over ±7 levels has as many).
 */
const ZEROS_OVER_NEIGHBOURS = 1.5;

function hasMoreZerosThanRounding({ values, zeroPoint, ...encoding }: AffineEncoding): boolean {
  if (zeroPoint.some((zero) => zero !== zeroPoint[0])) return false;
  const zero = zeroPoint[0]!;
  let zeros = 0;
  let neighbours = 0;
  for (const value of values) {
    if (value === zero) zeros++;
    else if (Math.abs(value - zero) === 1) neighbours++;
  }
  return encoding.bits !== 32 && zeros < values.length && zeros > ZEROS_OVER_NEIGHBOURS * neighbours && zeros > 0;
}

/** One entry of every codebook becomes zero: the smallest, since it is nearest. */
function withZero(palette: PaletteConstraint, shape: Shape): PaletteConstraint {
  if (palette.keepZeros) return palette;
  const codebook = palette.codebook.slice();
  const entries = codebook.length / scaleCount(shape, palette.axis, null);
  for (let start = 0; start < codebook.length; start += entries) {
    const own = codebook.subarray(start, start + entries);
    let smallest = 0;
    for (let i = 1; i < own.length; i++) if (Math.abs(own[i]!) < Math.abs(own[smallest]!)) smallest = i;
    own[smallest] = 0;
    own.sort();
  }
  return { ...palette, codebook, keepZeros: true };
}

/** Batch norm's means and variances follow the data; they are no parameters. */
function movingStatistics(graph: Graph): Set<ValueId> {
  return new Set(graph.nodes.flatMap((node) => (node.op === 'batch-norm' ? [node.inputs[1]!, node.inputs[2]!] : [])));
}

function onGridLike(encoding: AffineEncoding, after: Tensor): AffineEncoding {
  const floats = decodeFloats(after);
  const { bits, signed, axis, blockSize } = encoding;
  const groupOf = scaleIndexer(after.shape, axis, blockSize);
  const scale = encoding.scale.slice();
  const zeroPoint = encoding.zeroPoint.slice();
  if (bits === 4 || bits === 8 || bits === 16) {
    // Statistics and biases on a grid of their own: the grid follows their range.
    for (const [g, group] of groupValues(floats, scaleCount(after.shape, axis, blockSize), groupOf).entries()) {
      const range = chooseRange(group, { bits, signed }, 'min-max');
      scale[g] = range.scale;
      zeroPoint[g] = range.zeroPoint;
    }
  }
  const values = encoding.values.slice();
  const lowest = signed ? -(2 ** (bits - 1) - 1) : 0;
  const highest = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  for (let i = 0; i < values.length; i++) {
    const g = groupOf(i);
    values[i] = Math.min(highest, Math.max(lowest, roundHalfEven(floats[i]! / scale[g]!) + zeroPoint[g]!));
  }
  return { ...encoding, values, scale, zeroPoint };
}
