/**
 * Collects the tensors and operators of a TensorFlow Lite subgraph. Bytes are made at the very end, so that a trial run
 * (may this graph be written?) touches no weight.
 */
import type { Diagnostic } from '../../lib/diagnostics';
import type { FlatOperator, FlatOptions, FlatQuantization, FlatTensor, TensorType } from './flat-model';

export interface RaisedTensor {
  /** Empty for all but inputs and outputs: names cost bytes and nothing reads them. */
  readonly name: string;
  readonly type: TensorType;
  /** −1 where unknown. */
  readonly shape: readonly number[];
  readonly quantization?: FlatQuantization;
  /** Present: a constant. */
  readonly bytes?: () => Uint8Array;
  /** A state that an operator keeps. */
  readonly isVariable?: boolean;
}

/** An operator without its version, which follows from its tensors. */
export type RaisedOperator = Omit<FlatOperator, 'version'>;

export interface SubgraphBuilder {
  addTensor(tensor: RaisedTensor): number;
  tensor(index: number): RaisedTensor;
  setName(index: number, name: string): void;
  /** The tensor made for this key before, or a new one. */
  shared(key: string, make: () => number): number;
  addOperator(op: string, inputs: readonly number[], outputs: readonly number[], options?: FlatOptions): void;
  /** What the format could not hold. */
  note(note: StorageNote): void;
  readonly operators: readonly RaisedOperator[];
  readonly notes: readonly StorageNote[];
  /** With all bytes made, and without tensors that no operator touches. */
  finish(inputs: readonly number[], outputs: readonly number[]): FinishedSubgraph;
}

/** A constant that is stored as float32 in place of its own encoding. */
export interface StorageNote {
  readonly name: string;
  readonly reason: string;
}

export interface FinishedSubgraph {
  readonly tensors: readonly FlatTensor[];
  readonly operators: readonly RaisedOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export function createSubgraphBuilder(): SubgraphBuilder {
  const tensors: RaisedTensor[] = [];
  const operators: RaisedOperator[] = [];
  const notes: StorageNote[] = [];
  const known = new Map<string, number>();
  return {
    operators,
    notes,
    addTensor: (tensor) => tensors.push(tensor) - 1,
    tensor: (index) => tensors[index]!,
    setName: (index, name) => void (tensors[index] = { ...tensors[index]!, name }),
    shared(key, make) {
      let index = known.get(key);
      if (index === undefined) known.set(key, (index = make()));
      return index;
    },
    addOperator(op, inputs, outputs, options) {
      operators.push({ op, inputs, outputs, ...(options ? { options } : {}) });
    },
    note: (note) => void notes.push(note),
    finish(inputs, outputs) {
      const used = new Set([...inputs, ...outputs, ...operators.flatMap((operator) => [...operator.inputs, ...operator.outputs])]);
      const kept = tensors.map((_, index) => index).filter((index) => used.has(index));
      const places = new Map(kept.map((index, place) => [index, place]));
      const placed = (indices: readonly number[]): number[] => indices.map((index) => (index < 0 ? index : places.get(index)!));
      return {
        tensors: kept.map((index) => flatTensor(tensors[index]!)),
        operators: operators.map((operator) => ({ ...operator, inputs: placed(operator.inputs), outputs: placed(operator.outputs) })),
        inputs: placed(inputs),
        outputs: placed(outputs),
      };
    },
  };
}

/** One sentence a reason, however many tensors it concerns. */
export function storageDiagnostics(notes: readonly StorageNote[]): readonly Diagnostic[] {
  const reasons = [...new Set(notes.map((note) => note.reason))];
  return reasons.map((reason) => {
    const names = [...new Set(notes.filter((note) => note.reason === reason).map((note) => note.name))];
    const which = names.length === 1 ? `"${names[0]}" is` : `${names.length} constants ("${names[0]}" and more) are`;
    return { level: 'warning', message: `${which} stored as float32: ${reason}.`, subject: names[0]! };
  });
}

function flatTensor({ name, type, shape, quantization, bytes, isVariable }: RaisedTensor): FlatTensor {
  return {
    name,
    type,
    shape: shape.map((size) => (size < 0 ? 1 : size)),
    ...(shape.some((size) => size < 0) ? { shapeSignature: shape } : {}),
    ...(bytes ? { data: bytes() } : {}),
    ...(quantization ? { quantization } : {}),
    isVariable: isVariable ?? false,
  };
}
