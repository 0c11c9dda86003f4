/**
 * Complex numbers, which Whittle does not compute with, taken out of a subgraph before it is read. They begin at an RFFT2D and
 * end where a part is taken of them (REAL, IMAG, COMPLEX_ABS, and a CAST to floats, which keeps the real part); between the two
 * stand only operators that move numbers. Moving and taking a part may change places: each RFFT2D becomes one for each part,
 * named by it in `options`, and what moved complex numbers moves that part.
 */
import { WhittleError } from '../../lib/errors';
import { withReaders } from './flat-edit';
import type { FlatOperator, FlatSubgraph, FlatTensor } from './flat-model';

/** Of the RFFT2D that stands for itself and the taking of a part; not in any file. */
export const PART_OPTIONS = 'RfftPart';
export const fftParts = ['real', 'imaginary', 'magnitude'] as const;
type Part = (typeof fftParts)[number];

const partOps: Readonly<Record<string, Part>> = { REAL: 'real', IMAG: 'imaginary', COMPLEX_ABS: 'magnitude', CAST: 'real' };
/** The operators that TensorFlow Lite moves complex numbers by. */
const MOVEMENTS: ReadonlySet<string> = new Set(['SQUEEZE', 'EXPAND_DIMS', 'RESHAPE']);

/** The very same subgraph when no complex number flows in it. */
export function withoutComplex(subgraph: FlatSubgraph, owner: string): FlatSubgraph {
  const isComplex = (index: number): boolean => subgraph.tensors[index]?.type === 'COMPLEX64';
  if (!subgraph.tensors.some((_, index) => isComplex(index))) return subgraph;
  const refuse = (what: string): never => {
    throw new WhittleError(
      'UnsupportedError',
      `${owner} computes with complex numbers: ${what}. Whittle reads spectra (RFFT2D) that are moved and of which a part is taken (REAL, IMAG, COMPLEX_ABS). Export the model with real numbers from there on.`,
    );
  };
  const outside = [...subgraph.inputs, ...subgraph.outputs].find(isComplex);
  if (outside !== undefined) refuse('they enter or leave it');
  if (subgraph.tensors.some((tensor) => tensor.type === 'COMPLEX64' && tensor.data)) refuse('it holds constants of them');

  const tensors: FlatTensor[] = [...subgraph.tensors];
  /** The tensor that holds one part of a complex one. */
  const partTensors = new Map<string, number>();
  const partOf = (index: number, part: Part): number => {
    const key = `${index} ${part}`;
    const known = partTensors.get(key);
    if (known !== undefined) return known;
    const { name, ...tensor } = subgraph.tensors[index]!;
    const added = tensors.push({ ...tensor, name: `${name}/${part}`, type: 'FLOAT32' }) - 1;
    partTensors.set(key, added);
    return added;
  };
  /** What holds the numbers of a tensor that took a part. */
  const takenFrom = new Map<number, number>();
  const wanted = wantedParts(subgraph, isComplex);
  const operators = subgraph.operators.flatMap((operator): readonly FlatOperator[] => {
    const { op, inputs, outputs } = operator;
    const [from, to] = [inputs[0] ?? -1, outputs[0] ?? -1];
    if (![...inputs, ...outputs].some(isComplex)) return [operator];
    if (inputs.slice(1).some(isComplex) || outputs.slice(1).some(isComplex)) return refuse(`${op} takes or gives several of them`);
    const parts = [...(wanted.get(isComplex(to) ? to : from) ?? [])];
    if (op === 'RFFT2D' && !isComplex(from)) {
      return parts.map((part) => ({ ...operator, outputs: [partOf(to, part)], options: { table: PART_OPTIONS, fields: { part: fftParts.indexOf(part) } } }));
    }
    if (MOVEMENTS.has(op) && isComplex(from) && isComplex(to)) {
      return parts.map((part) => ({ ...operator, inputs: inputs.with(0, partOf(from, part)), outputs: [partOf(to, part)] }));
    }
    const taken = isComplex(from) && tensors[to]?.type === 'FLOAT32' ? partOps[op] : undefined;
    if (!taken) return refuse(`${op} reads or makes them`);
    takenFrom.set(to, partOf(from, taken));
    return [];
  });
  return withReaders({ ...subgraph, tensors, operators }, takenFrom);
}

/** Which parts are taken of each complex tensor, in the end. */
function wantedParts({ operators }: FlatSubgraph, isComplex: (index: number) => boolean): ReadonlyMap<number, ReadonlySet<Part>> {
  const wanted = new Map<number, Set<Part>>();
  for (const { op, inputs, outputs } of operators.toReversed()) {
    const from = inputs[0] ?? -1;
    if (!isComplex(from)) continue;
    const parts = wanted.get(from) ?? new Set<Part>();
    const taken = isComplex(outputs[0] ?? -1) ? (wanted.get(outputs[0]!) ?? []) : partOps[op] === undefined ? [] : [partOps[op]];
    for (const part of taken) parts.add(part);
    wanted.set(from, parts);
  }
  return wanted;
}
