/** How far the weights of a kernel reach, by input channel and output channel of its links. */
import type { LinearNode } from '../fold-batch-norm/linear';
import { outputIndexer } from '../fold-batch-norm/linear';

/** max |w| over all elements that join input channel i to output channel o: [inputs, outputs]. */
export interface Reaches {
  readonly inputs: number;
  readonly outputs: number;
  readonly magnitudes: Float64Array;
}

/** A layer without a link on a side has one channel there, for all. */
export function reachesOf(node: LinearNode, shape: readonly number[], kernel: Float32Array, inputs: number, outputs: number): Reaches {
  const magnitudes = new Float64Array(inputs * outputs);
  const inputOf = inputIndexer(node, shape);
  const outputOf = outputIndexer(node, shape);
  for (let i = 0; i < kernel.length; i++) {
    const cell = (inputOf(i) % inputs) * outputs + (outputOf(i) % outputs);
    const magnitude = Math.abs(kernel[i]!);
    if (magnitude > magnitudes[cell]!) magnitudes[cell] = magnitude;
  }
  return { inputs, outputs, magnitudes };
}

/** The input (channel) of a kernel's element, counted through all groups. */
export function inputIndexer(node: LinearNode, shape: readonly number[]): (index: number) => number {
  const last = shape.at(-1)!;
  const beforeLast = shape.at(-2)!;
  if (node.op.startsWith('transpose')) return (index) => index % last;
  const groups = 'groups' in node.attributes ? node.attributes.groups : 1;
  if (groups === 1) return (index) => Math.floor(index / last) % beforeLast;
  const outputsPerGroup = last / groups;
  return (index) => Math.floor((index % last) / outputsPerGroup) * beforeLast + (Math.floor(index / last) % beforeLast);
}

/** max over inputs of |w| · inputScale / outputScale, for each output channel. */
export function outputReaches({ inputs, outputs, magnitudes }: Reaches, inputScale: Float64Array | null, outputScale: Float64Array): Float64Array {
  const reaches = new Float64Array(outputs);
  for (let i = 0; i < inputs; i++) {
    const factor = inputScale?.[i] ?? 1;
    for (let o = 0; o < outputs; o++) reaches[o] = Math.max(reaches[o]!, magnitudes[i * outputs + o]! * factor);
  }
  return reaches.map((reach, o) => reach / outputScale[o]!);
}

/** max over outputs of |w| · inputScale / outputScale, for each input channel. */
export function inputReaches({ inputs, outputs, magnitudes }: Reaches, inputScale: Float64Array, outputScale: Float64Array | null): Float64Array {
  return Float64Array.from({ length: inputs }, (_, i) => {
    let reach = 0;
    for (let o = 0; o < outputs; o++) reach = Math.max(reach, magnitudes[i * outputs + o]! / (outputScale?.[o] ?? 1));
    return reach * inputScale[i]!;
  });
}
