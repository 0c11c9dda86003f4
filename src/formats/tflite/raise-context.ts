/**
 * What the raising of one operator works with: its inputs and outputs as tensors of the file, constants in the form that
 * the operator takes, and helpers to emit operators. A raising throws an ExportError for what it cannot write.
 */
import type { Graph, Node, NodeOf, ValueId } from '../../ir/graph';
import { sameGrid, type Quantization } from '../../ir/quantization';
import { decodeIntegers, float32Tensor, int32Tensor, type Shape, type Tensor } from '../../ir/tensor';
import { WhittleError } from '../../lib/errors';
import type { DType, OpName } from '../../ops/signatures';
import { gridTypes } from './equivalents';
import type { FlatOptionValue, FlatQuantization, TensorType } from './flat-model';
import { defaultOptions, optionsOfOperator } from './options-table';
import type { RaisedTensor, SubgraphBuilder } from './raise-builder';
import { asItLies, bytesOf, storageProblem, storeConstant, storeFloats, type Layout, type StoredConstant } from './raise-constant';

export type Fields = Readonly<Record<string, FlatOptionValue>>;

export interface RaisingContext {
  readonly builder: SubgraphBuilder;
  /** All float activations in and out stand on grids, so that the operator computes with integers. */
  readonly isInteger: boolean;
  has(input: number): boolean;
  tensor(input: number): Tensor | undefined;
  dtype(input: number): DType;
  /** Of known rank; −1 where unknown. */
  shape(input: number): Shape;
  grid(input: number): Quantization | undefined;
  outputShape(output: number): Shape;
  outputGrid(output: number): Quantization | undefined;
  /** An input as it is: an activation, or a constant that the operator can compute with. */
  x(input: number): number;
  /** An input converted to a type, when it has another. */
  as(input: number, dtype: DType): number;
  /** All inputs, in the type of the first output. */
  operands(): readonly number[];
  /** A constant input in another layout: as integers in an integer node, as floats otherwise. */
  constant(input: number, layout: Layout): number;
  /** A constant input in its own encoding, whatever the node is. */
  stored(input: number, layout: Layout): number;
  /** The tensor of an output; one that the node leaves out gets a tensor that nothing reads. */
  y(output?: number): number;
  /** A new tensor between two operators. */
  inner(dtype: DType, shape: Shape, grid?: Quantization): number;
  emit(op: string, inputs: readonly number[], outputs: readonly number[], fields?: Fields): void;
  /** Converts a tensor; the same one when it has the type. */
  cast(tensor: number, from: DType, to: DType, shape: Shape): number;
  /** int32 constants; a shape of its own for scalars and matrices. */
  integers(values: readonly number[], shape?: Shape): number;
  /** A float32 constant; on a grid, in its integers. */
  floats(values: readonly number[], shape?: Shape, grid?: Quantization): number;
  refuse(reason: string): never;
}

export type Raising<O extends OpName> = (node: NodeOf<O>, context: RaisingContext) => void;
/** Of all operators with these attributes. */
export type RaisingOf<A> = (node: { readonly attributes: A; readonly outputs: readonly ValueId[] }, context: RaisingContext) => void;
export type Raisings = { readonly [O in OpName]?: Raising<O> };

/** Finds the tensor of a value that some node made or that enters the graph. */
export type TensorOf = (id: ValueId) => number;

export const flatTypes: Readonly<Record<DType, TensorType>> = { float32: 'FLOAT32', int32: 'INT32', bool: 'BOOL', string: 'STRING' };

export function activationTensor(name: string, dtype: DType, shape: Shape, grid: Quantization | undefined): RaisedTensor {
  if (!grid) return { name, type: flatTypes[dtype], shape };
  return { name, type: gridTypes[grid.dtype], shape, quantization: flatGrid(grid) };
}

function flatGrid({ scale, zeroPoint }: Quantization): FlatQuantization {
  return { scale: Float32Array.of(scale), zeroPoint: [zeroPoint], axis: 0 };
}

/** True when the node computes with integers: some float activation of it stands on a grid, and it does not change grids. */
export function isIntegerNode(node: Node, graph: Graph): boolean {
  if (node.op === 'quantize') return false;
  return [...node.inputs, ...node.outputs].some((id) => id !== null && graph.values[id]?.quantization !== undefined);
}

export function raisingContext(node: Node, graph: Graph, builder: SubgraphBuilder, tensorOf: TensorOf): RaisingContext {
  const valueAt = (input: number) => {
    const id = node.inputs[input];
    return id === null || id === undefined ? undefined : graph.values[id];
  };
  const refuse = (reason: string): never => {
    throw new WhittleError('ExportError', `TensorFlow Lite cannot hold "${node.name}" (${node.op}): ${reason}.`);
  };
  const isInteger = isIntegerNode(node, graph);
  const given = (input: number) => valueAt(input) ?? refuse(`input ${input} is missing`);
  const rankKnown = (shape: Shape | null | undefined, what: string): Shape => shape ?? refuse(`the rank of ${what} is not known`);
  const add = (constant: StoredConstant): number => builder.addTensor({ name: '', ...constant });
  const emit: RaisingContext['emit'] = (op, inputs, outputs, fields = {}) => {
    const table = optionsOfOperator(op);
    const hasFields = table?.fields && Object.keys(table.fields).length > 0;
    const options = hasFields ? { table: table.name, fields: { ...defaultOptions(table.name), ...fields } } : undefined;
    builder.addOperator(op, inputs, outputs, options);
  };
  const stored = (id: ValueId, tensor: Tensor, layout: Layout): number =>
    builder.shared(keyOf(id, layout), () => {
      const problem = storageProblem(tensor);
      if (problem) builder.note({ name: graph.values[id]!.name, reason: problem });
      return add(storeConstant(tensor, layout));
    });
  /** Floats, whatever the constant is stored in: DEQUANTIZE runs once, when the file is loaded or at its first run. */
  const asFloats = (id: ValueId, tensor: Tensor, layout: Layout): number =>
    builder.shared(`${keyOf(id, layout)} float`, () => {
      const { encoding } = tensor;
      if (encoding.kind === 'affine' && encoding.bits === 32) return add(storeFloats(tensor, layout));
      const source = stored(id, tensor, layout);
      if (builder.tensor(source).type === 'FLOAT32') return source;
      const floats = builder.addTensor({ name: '', type: 'FLOAT32', shape: layout.shape });
      emit('DEQUANTIZE', [source], [floats]);
      return floats;
    });
  const constantOf = (input: number, layout: Layout): number => {
    const { id, name, tensor } = given(input);
    if (!tensor) return refuse(`input ${input} must be a constant`);
    if (tensor.dtype === 'string') return refuse('strings are not written');
    if (tensor.dtype !== 'float32') return stored(id, tensor, layout);
    if (!isInteger) return asFloats(id, tensor, layout);
    if (tensor.encoding.kind !== 'affine' || storageProblem(tensor)) return refuse(`"${name}" has no integer grid, but the layer computes with integers`);
    return stored(id, tensor, layout);
  };
  const context: RaisingContext = {
    builder,
    isInteger,
    has: (input) => valueAt(input) !== undefined,
    tensor: (input) => valueAt(input)?.tensor,
    dtype: (input) => given(input).dtype,
    shape: (input) => rankKnown(given(input).shape, `input ${input}`),
    grid: (input) => valueAt(input)?.quantization,
    outputShape: (output) => rankKnown(graph.values[node.outputs[output] ?? '']?.shape, `output ${output}`),
    outputGrid: (output) => graph.values[node.outputs[output] ?? '']?.quantization,
    x(input) {
      const { id, tensor } = given(input);
      return tensor ? constantOf(input, asItLies(tensor.shape)) : tensorOf(id);
    },
    as(input, dtype) {
      const { dtype: own, tensor, shape } = given(input);
      if (own === dtype) return context.x(input);
      // A constant is converted here and now.
      if (tensor && dtype === 'float32') return add(storeFloats(tensor, asItLies(tensor.shape)));
      if (tensor && dtype === 'int32' && own === 'bool') return add(storeConstant(int32Tensor(tensor.shape, decodeIntegers(tensor)), asItLies(tensor.shape)));
      return context.cast(context.x(input), own, dtype, rankKnown(shape, `input ${input}`));
    },
    operands() {
      const dtype = graph.values[node.outputs[0]!]!.dtype;
      return node.inputs.map((_, input) => context.as(input, dtype));
    },
    constant: constantOf,
    stored(input, layout) {
      const { id, tensor } = given(input);
      return tensor ? stored(id, tensor, layout) : refuse(`input ${input} must be a constant`);
    },
    y(output = 0) {
      const id = node.outputs[output];
      return id === undefined ? refuse(`it gives no output ${output}`) : tensorOf(id);
    },
    inner: (dtype, shape, grid) => builder.addTensor(activationTensor('', dtype, shape, grid)),
    emit,
    cast(tensor, from, to, shape) {
      if (from === to) return tensor;
      return builder.shared(`${tensor} as ${to}`, () => {
        const result = context.inner(to, shape);
        emit('CAST', [tensor], [result], castTypes(from, to));
        return result;
      });
    },
    integers: (values, shape = [values.length]) =>
      builder.shared(`int32 ${JSON.stringify([shape, values])}`, () => add(storeConstant(int32Tensor(shape, values), asItLies(shape)))),
    floats(values, shape = [], grid) {
      if (!grid) return builder.shared(`float32 ${JSON.stringify([shape, values.map(String)])}`, () => add(storeConstant(float32Tensor(shape, values), asItLies(shape))));
      return builder.shared(`${JSON.stringify([shape, values, grid])}`, () => {
        const { type, quantization } = activationTensor('', 'float32', shape, grid);
        return builder.addTensor({ name: '', type, shape, quantization: quantization!, bytes: () => gridBytes(values, grid) });
      });
    },
    refuse,
  };
  return context;
}

function keyOf(id: ValueId, { shape, permutation, isPerChannel }: Layout): string {
  return `${id} ${JSON.stringify([shape, permutation, isPerChannel])}`;
}

export function castTypes(from: DType, to: DType): Fields {
  const numbers: Readonly<Record<DType, number>> = { float32: 0, int32: 2, string: 5, bool: 6 };
  return { inDataType: numbers[from], outDataType: numbers[to] };
}

/** Refuses when a value must keep its grid and does not. */
export function keepsGrid(context: RaisingContext): void {
  if (!sameGrid(context.grid(0), context.outputGrid(0))) context.refuse('its input and output stand on different grids');
}

function gridBytes(values: readonly number[], { dtype, scale, zeroPoint }: Quantization): Uint8Array {
  const integers = values.map((value) => Math.round(value / scale) + zeroPoint);
  switch (dtype) {
    case 'int8':
      return bytesOf(Int8Array.from(integers, (integer) => Math.min(Math.max(integer, -128), 127)));
    case 'uint8':
      return bytesOf(Uint8ClampedArray.from(integers));
    case 'int16':
      return bytesOf(Int16Array.from(integers, (integer) => Math.min(Math.max(integer, -32768), 32767)));
    default: {
      const never: never = dtype;
      return never;
    }
  }
}

