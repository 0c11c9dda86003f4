/**
 * Layers with weights. Their outputs' channels are those of the kernel's columns, their inputs' those of its rows:
 *
 * 1. conv, dense: input c ↔ row c, output o ↔ column o ↔ bias o.
 * 2. Groups of more than one input: the same position of every group goes or stays, for inputs and for outputs, so that all
 *    groups keep one size.
 * 3. Depthwise, and groups of one input: input c ↔ outputs c · M … c · M + M − 1.
 * 4. Recurrent: unit u ↔ column u of every gate ↔ row u of the recurrent kernel ↔ state u.
 * 5. Products (einsum, batch-matmul): one index of the equation is one axis, wherever it stands; a sum over it is exact.
 */
import type { Node, NodeOf, ValueId } from '../../ir/graph';
import { parseEinsum } from '../../ops/matmul';
import { WhittleError } from '../../lib/errors';
import { layerNameOf } from '../weight-sites';
import type { Labels } from './atoms';
import type { AxisLabels, Tracer } from './tracer';

type Convolution = NodeOf<'conv1d'> | NodeOf<'conv2d'> | NodeOf<'conv3d'>;
type Recurrent = NodeOf<'lstm'> | NodeOf<'gru'> | NodeOf<'simple-rnn'> | NodeOf<'conv-lstm2d'>;

export function traceConvolution(tracer: Tracer, node: Convolution): void {
  const [x, kernel, bias] = node.inputs as [ValueId, ValueId, ValueId?];
  const channels = spatiallyFixed(tracer, node, x);
  const { groups } = node.attributes;
  const [rows, columns] = tracer.labelsOf(kernel).slice(-2) as [Labels | null, Labels | null];
  joinBias(tracer, node, bias, columns);
  if (groups === 1) tracer.join(channels, rows, node);
  else if (rows) {
    if (channels) joinPeriodically(tracer, channels, rows);
    else tracer.freeze(rows, fixedInput(node));
    if (columns) joinGroups(tracer, columns, groups);
  } else if (channels && columns) joinMultiples(tracer, channels, columns);
  else for (const labels of [channels, columns]) tracer.freeze(labels, fixedInput(node));
  setLast(tracer, node, columns);
}

export function traceDepthwise(tracer: Tracer, node: NodeOf<'depthwise-conv2d'>): void {
  const [x, kernel, bias] = node.inputs as [ValueId, ValueId, ValueId?];
  const channels = spatiallyFixed(tracer, node, x);
  const [, , rows, multiples] = tracer.labelsOf(kernel);
  const multiplier = tracer.shapeOf(kernel)![3]!;
  const joined = tracer.join(channels, rows ?? null, node);
  tracer.freeze(multiples, 'it is one of several outputs of a depthwise channel');
  const outputs = joined && Int32Array.from({ length: joined.length * multiplier }, (_, o) => joined[Math.floor(o / multiplier)]!);
  joinBias(tracer, node, bias, outputs);
  setLast(tracer, node, outputs);
}

export function traceTransposed(tracer: Tracer, node: NodeOf<'transpose-conv2d'> | NodeOf<'transpose-conv3d'>): void {
  const [x, kernel, bias, size] = node.inputs as [ValueId, ValueId, ValueId?, ValueId?];
  const channels = spatiallyFixed(tracer, node, x);
  const [columns, rows] = tracer.labelsOf(kernel).slice(-2) as [Labels | null, Labels | null];
  tracer.join(channels, rows, node);
  joinBias(tracer, node, bias, columns);
  if (size && !tracer.graph.values[size]?.tensor) tracer.freeze(columns, `"${layerNameOf(node)}" is told the size of its output at run time`);
  setLast(tracer, node, columns);
}

export function traceDense(tracer: Tracer, node: NodeOf<'dense'>): void {
  const [x, kernel, bias] = node.inputs as [ValueId, ValueId, ValueId?];
  const labels = tracer.labelsOf(x);
  const [rows, columns] = tracer.labelsOf(kernel) as [Labels | null, Labels | null];
  tracer.join(labels.at(-1) ?? null, rows, node);
  joinBias(tracer, node, bias, columns);
  tracer.set(node.outputs[0]!, [...labels.slice(0, -1), columns]);
}

export function traceRecurrent(tracer: Tracer, node: Recurrent): void {
  const [x, kernel, recurrent, bias, mask, ...states] = node.inputs as [ValueId, ValueId, ValueId, ValueId?, ValueId?, ...(ValueId | undefined)[]];
  const { channels, others } = splitLast(tracer.labelsOf(x));
  for (const axis of others) tracer.freeze(axis, `"${layerNameOf(node)}" (${node.op}) steps along it`);
  const [rows, columns] = tracer.labelsOf(kernel).slice(-2) as [Labels | null, Labels | null];
  const [units, gates] = tracer.labelsOf(recurrent).slice(-2) as [Labels | null, Labels | null];
  tracer.join(channels, rows, node);
  tracer.join(columns, gates, node);
  joinBias(tracer, node, bias, columns);
  tracer.freezeValue(mask, `it is the mask of "${layerNameOf(node)}"`);
  if (columns && units) joinPeriodically(tracer, columns, units);
  else for (const labels of [columns, units]) tracer.freeze(labels, `"${layerNameOf(node)}" has one unit`);
  if ([node.attributes.activation, 'recurrentActivation' in node.attributes && node.attributes.recurrentActivation].includes('softmax')) {
    tracer.freeze(units, `"${layerNameOf(node)}" has a softmax over its units`);
  }
  for (const state of states) if (state) tracer.join(tracer.labelsOf(state).at(-1) ?? null, units, node);
  for (const id of node.outputs) setLastOf(tracer, id, units);
}

export function traceEinsum(tracer: Tracer, node: NodeOf<'einsum'>): void {
  const { terms, output } = parseEinsum(node.attributes.equation, (reason) => {
    throw new WhittleError('GraphError', `Node "${node.name}": ${reason}.`);
  });
  const byLetter = new Map<string, Labels | null>();
  terms.forEach((term, i) => {
    const labels = tracer.labelsOf(node.inputs[i]!);
    Array.from(term).forEach((letter, axis) => {
      const own = labels[axis] ?? null;
      byLetter.set(letter, byLetter.has(letter) ? tracer.join(byLetter.get(letter)!, own, node) : own);
    });
  });
  tracer.set(node.outputs[0]!, Array.from(output, (letter) => byLetter.get(letter) ?? null));
}

export function traceBatchMatmul(tracer: Tracer, node: NodeOf<'batch-matmul'>): void {
  const [a, b] = node.inputs as [ValueId, ValueId];
  const { transposeA, transposeB } = node.attributes;
  const [rows, inner] = lastTwo(tracer.labelsOf(a), transposeA);
  const [otherInner, columns] = lastTwo(tracer.labelsOf(b), transposeB);
  tracer.join(inner, otherInner, node);
  const lead = joinBroadcast(tracer, node, [a, b].map((id) => ({ labels: tracer.labelsOf(id).slice(0, -2), sizes: (tracer.shapeOf(id) ?? []).slice(0, -2) })));
  tracer.set(node.outputs[0]!, [...lead, rows, columns]);
}

/** Labels of what broadcasts to one shape; an axis of size 1 takes no part. */
export function joinBroadcast(tracer: Tracer, node: Node, operands: readonly { readonly labels: AxisLabels; readonly sizes: readonly number[] }[]): (Labels | null)[] {
  const rank = Math.max(0, ...operands.map(({ sizes }) => sizes.length));
  return Array.from({ length: rank }, (_, axis) => {
    const present = operands.flatMap(({ labels, sizes }) => {
      const at = axis - rank + sizes.length;
      return at >= 0 && sizes[at] !== 1 ? [labels[at] ?? null] : [];
    });
    return present.length === 0 ? null : present.reduce((a, b) => tracer.join(a, b, node));
  });
}

function lastTwo(labels: AxisLabels, isTransposed: boolean): [Labels | null, Labels | null] {
  const [rows, columns] = [labels.at(-2) ?? null, labels.at(-1) ?? null];
  return isTransposed ? [columns, rows] : [rows, columns];
}

function splitLast(labels: AxisLabels): { channels: Labels | null; others: AxisLabels } {
  return { channels: labels.at(-1) ?? null, others: labels.slice(0, -1) };
}

/** The channels of an input whose other axes a window moves along. */
function spatiallyFixed(tracer: Tracer, node: Node, x: ValueId): Labels | null {
  const { channels, others } = splitLast(tracer.labelsOf(x));
  for (const axis of others) tracer.freeze(axis, `the window of "${layerNameOf(node)}" (${node.op}) moves along it`);
  return channels;
}

/** A bias has one number a channel, or one for all; that of a GRU has two rows. */
function joinBias(tracer: Tracer, node: Node, bias: ValueId | undefined, columns: Labels | null): void {
  if (!bias) return;
  const { channels, others } = splitLast(tracer.labelsOf(bias));
  for (const axis of others) tracer.freeze(axis, `it is an axis of the bias of "${layerNameOf(node)}"`);
  if ((tracer.shapeOf(bias)?.at(-1) ?? 1) > 1) tracer.join(columns, channels, node);
}

/** Index i of `long` goes with index i mod the length of `short`. */
function joinPeriodically(tracer: Tracer, long: Labels, short: Labels): void {
  for (let i = 0; i < long.length; i++) tracer.atoms.join(long[i]!, short[i % short.length]!);
}

/** The same position of every group. */
function joinGroups(tracer: Tracer, columns: Labels, groups: number): void {
  joinPeriodically(tracer, columns, columns.subarray(0, columns.length / groups));
}

/** Each input with the outputs that only it makes. */
function joinMultiples(tracer: Tracer, channels: Labels, columns: Labels): void {
  const multiplier = columns.length / channels.length;
  for (let o = 0; o < columns.length; o++) tracer.atoms.join(columns[o]!, channels[Math.floor(o / multiplier)]!);
}

function fixedInput(node: Node): string {
  return `"${layerNameOf(node)}" (${node.op}) has groups of an input that cannot change`;
}

function setLast(tracer: Tracer, node: Node, labels: Labels | null): void {
  setLastOf(tracer, node.outputs[0]!, labels);
}

function setLastOf(tracer: Tracer, id: ValueId, labels: Labels | null): void {
  const rank = tracer.shapeOf(id)?.length ?? 1;
  tracer.set(id, Array.from({ length: rank }, (_, axis) => (axis === rank - 1 ? labels : null)));
}
