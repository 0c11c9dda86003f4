/** Everything that can be wrong with the inputs of a run, said in words. */
import type { Graph, Value } from '../ir/graph';
import type { DType } from '../ops/signatures';
import type { Batch } from './backend';
import { WhittleError } from '../lib/errors';

/** What a model says of its inputs. */
export type Inputs = Pick<Graph, 'inputs' | 'inputNames' | 'values'>;

/** Refuses inputs of the wrong number, dtype, shape or length. */
export function checkInputs(graph: Inputs, inputs: readonly Batch[]): void {
  if (inputs.length !== graph.inputs.length) {
    throw new WhittleError('DataError', `The model takes ${graph.inputs.length} input(s) (${graph.inputNames.join(', ')}), ${inputs.length} were given.`);
  }
  inputs.forEach((batch, i) => checkInput(graph.inputNames[i] ?? graph.inputs[i]!, graph.values[graph.inputs[i]!]!, batch));
}

function checkInput(name: string, value: Value, { shape, dtype, data }: Batch): void {
  const refuse = (why: string): never => {
    throw new WhittleError('DataError', `Input ${name}: ${why}`);
  };
  if (dtype !== value.dtype) refuse(`${dtype} was given, the model takes ${value.dtype}. Convert the data first.`);
  if (!holds(data, dtype)) refuse(`a ${data.constructor.name} was given as ${dtype}.`);
  const wanted = value.shape;
  const fits = wanted === null || (wanted.length === shape.length && wanted.every((size, i) => size < 0 || size === shape[i]));
  if (!fits) {
    refuse(`the shape [${shape.join(', ')}] was given, the model takes [${wanted!.map((size) => (size < 0 ? 'any' : size)).join(', ')}].`);
  }
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) refuse(`the shape [${shape.join(', ')}] is not fully known.`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count) refuse(`${data.length} numbers were given for the shape [${shape.join(', ')}], which has ${count}.`);
}

function holds(data: Batch['data'], dtype: DType): boolean {
  switch (dtype) {
    case 'float32':
      return data instanceof Float32Array;
    case 'int32':
      return data instanceof Int32Array;
    case 'bool':
      return data instanceof Uint8Array;
    case 'string':
      return false;
    default: {
      const never: never = dtype;
      return never;
    }
  }
}
