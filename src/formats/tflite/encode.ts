/**
 * A model as the bytes of a `.tflite` file: the same model gives the same bytes, and as few as the format allows. Equal
 * lists, names, options, quantizations and constants are written once, activations share the empty buffer 0, and nothing
 * is written that readers assume anyway. Constants begin at multiples of 16 bytes, as the schema asks.
 */
import { Builder } from 'flatbuffers';
import { WhittleError } from '../../lib/errors';
import { leaves, type Leaf, type Leaves } from './encode-leaves';
import { tableWriter, type FieldValue, type TableNode } from './encode-tables';
import {
  tensorTypes, type FlatDimension, type FlatModel, type FlatOperator, type FlatOptions, type FlatOptionValue, type FlatQuantization, type FlatSignature,
  type FlatSparsity, type FlatSubgraph, type FlatTensor,
} from './flat-model';
import { findOptionsTable } from './options-table';
import { dimensionTypes, fields, operatorCode, sparseIndexVectors, type Field } from './schema';

const IDENTIFIER = 'TFL3';
const SCHEMA_VERSION = 3;
/** References are 32-bit, and the flatbuffers library counts with a sign. */
const MAX_NBYTES = 2 ** 31 - 1;
/** Above a file's lists, room for its tables at first; the builder grows by itself. */
const ROOM_NBYTES = 64 * 1024;

/** @throws ExportError when the model is too large, or an operator or its options are unknown. */
export function encodeModel(model: FlatModel): Uint8Array<ArrayBuffer> {
  const parts = partsOf(model);
  const { nbytes } = parts.leaves;
  if (nbytes > MAX_NBYTES / 2) {
    throw new WhittleError(
      'ExportError',
      `The model has ${nbytes} bytes; Whittle writes TensorFlow Lite files up to ${Math.floor(MAX_NBYTES / 2)}. Quantize its weights first.`,
    );
  }
  const builder = new Builder(nbytes + ROOM_NBYTES);
  parts.leaves.write(builder);
  builder.finish(tableWriter(builder).table(parts.root), IDENTIFIER);
  return builder.asUint8Array().slice() as Uint8Array<ArrayBuffer>;
}

interface Parts {
  readonly leaves: Leaves;
  readonly root: TableNode;
}

/** Collects what tables refer to by number, operator codes and buffers, while the tables are made. */
interface Context {
  readonly leaves: Leaves;
  operatorCode(operator: FlatOperator): number;
  buffer(data: Uint8Array | undefined): number;
}

function partsOf(model: FlatModel): Parts {
  const own = leaves();
  const codes = numbering<TableNode>();
  const buffers = numbering<TableNode>();
  buffers.add('', () => node('Buffer', {}));
  const context: Context = {
    leaves: own,
    operatorCode: (operator) => codes.add(JSON.stringify([operator.op, operator.version, operator.customCode]), () => codeNode(operator, own)),
    buffer: (data) => (data?.length ? bufferNumber(own.data(data)) : 0),
  };
  const numbersOfLeaves = new Map<Leaf, number>();
  function bufferNumber(data: Leaf): number {
    const number = numbersOfLeaves.get(data) ?? buffers.add(`${numbersOfLeaves.size}`, () => node('Buffer', { data }));
    numbersOfLeaves.set(data, number);
    return number;
  }
  const subgraphs = model.subgraphs.map((subgraph) => subgraphNode(subgraph, context));
  const metadata = model.metadata.map(({ name, data }) => node('Metadata', { name: own.string(name), buffer: context.buffer(data) }));
  const root = node('Model', {
    version: SCHEMA_VERSION,
    operatorCodes: codes.all,
    subgraphs,
    description: textOf(model.description, own),
    buffers: buffers.all,
    metadata: someOf(metadata),
    signatures: someOf(model.signatures.map((signature) => signatureNode(signature, own))),
  });
  return { leaves: own, root };
}

function codeNode({ op, version, customCode }: FlatOperator, own: Leaves): TableNode {
  const code = operatorCode(op);
  if (code === undefined) throw new WhittleError('ExportError', `TensorFlow Lite has no operator ${op}.`);
  return node('OperatorCode', {
    // Readers from before 2021 know only the 8-bit code; 127 tells them that they cannot run this.
    deprecatedCode: Math.min(code, 127),
    customCode: customCode === undefined ? undefined : own.string(customCode),
    version,
    code,
  });
}

function subgraphNode(subgraph: FlatSubgraph, context: Context): TableNode {
  const { leaves: own } = context;
  return node('SubGraph', {
    tensors: subgraph.tensors.map((tensor) => tensorNode(tensor, context)),
    inputs: own.int32s(subgraph.inputs),
    outputs: own.int32s(subgraph.outputs),
    operators: subgraph.operators.map((operator) => operatorNode(operator, context)),
    name: textOf(subgraph.name, own),
  });
}

function tensorNode(tensor: FlatTensor, context: Context): TableNode {
  const { leaves: own } = context;
  return node('Tensor', {
    shape: tensor.shape?.length ? own.int32s(tensor.shape) : undefined,
    type: tensorTypes[tensor.type],
    buffer: context.buffer(tensor.data),
    name: textOf(tensor.name, own),
    quantization: tensor.quantization && quantizationNode(tensor.quantization, own),
    isVariable: tensor.isVariable,
    sparsity: tensor.sparsity && sparsityNode(tensor.sparsity, own),
    shapeSignature: tensor.shapeSignature && own.int32s(tensor.shapeSignature),
    hasRank: tensor.shape !== null,
  });
}

function quantizationNode({ scale, zeroPoint, axis, min, max }: FlatQuantization, own: Leaves): TableNode {
  return node('QuantizationParameters', {
    min: min && own.floats(min),
    max: max && own.floats(max),
    scale: own.floats(scale),
    zeroPoint: own.int64s(zeroPoint),
    axis,
  });
}

function sparsityNode({ traversalOrder, blockMap, dimensions }: FlatSparsity, own: Leaves): TableNode {
  return node('SparsityParameters', {
    traversalOrder: own.int32s(traversalOrder),
    blockMap: blockMap.length > 0 ? own.int32s(blockMap) : undefined,
    dimensions: dimensions.map((dimension) => dimensionNode(dimension, own)),
  });
}

function dimensionNode(dimension: FlatDimension, own: Leaves): TableNode {
  if (dimension.format === 'dense') return node('DimensionMetadata', { format: dimensionTypes.DENSE, denseSize: dimension.size });
  const [segmentsType, segments] = sparseIndices(dimension.segments, own);
  const [indicesType, indices] = sparseIndices(dimension.indices, own);
  return node('DimensionMetadata', { format: dimensionTypes.SPARSE_CSR, segmentsType, segments, indicesType, indices });
}

/** In the narrowest numbers that hold them. */
function sparseIndices(values: Int32Array, own: Leaves): readonly [number: number, table: TableNode] {
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  if (largest < 2 ** 8) return [sparseIndexVectors.Uint8Vector, node('Uint8Vector', { values: own.bytes(Uint8Array.from(values)) })];
  if (largest < 2 ** 16) return [sparseIndexVectors.Uint16Vector, node('Uint16Vector', { values: own.uint16s(values) })];
  return [sparseIndexVectors.Int32Vector, node('Int32Vector', { values: own.int32s(values) })];
}

function operatorNode(operator: FlatOperator, context: Context): TableNode {
  const { leaves: own } = context;
  const { options } = operator;
  return node('Operator', {
    opcode: context.operatorCode(operator),
    inputs: own.int32s(operator.inputs),
    outputs: own.int32s(operator.outputs),
    ...(options ? { optionsType: optionsNumber(operator.op, options), options: optionsNode(options, own) } : {}),
    customOptions: operator.customOptions && own.bytes(operator.customOptions),
    intermediates: operator.intermediates && own.int32s(operator.intermediates),
  });
}

function optionsNumber(op: string, { table }: FlatOptions): number {
  const described = findOptionsTable(table);
  if (!described?.fields) throw new WhittleError('ExportError', `Whittle cannot write the options ${table} of the operator ${op}.`);
  return described.number;
}

function optionsNode({ table, fields: values }: FlatOptions, own: Leaves): TableNode {
  const described = Object.entries(findOptionsTable(table)?.fields ?? {});
  const unknown = Object.keys(values).find((name) => !described.some(([known]) => known === name));
  if (unknown !== undefined) throw new WhittleError('ExportError', `${table} has no option ${unknown}.`);
  return { fields: described.map(([name, field]) => [field, optionValue(field, values[name], own)]) };
}

function optionValue([, type]: Field, value: FlatOptionValue | undefined, own: Leaves): FieldValue {
  if (value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value.length === 0) return undefined;
  if (typeof value === 'string') return own.string(value);
  return type === '[float32]' ? own.floats(value) : own.int32s(value);
}

function signatureNode({ key, subgraph, inputs, outputs }: FlatSignature, own: Leaves): TableNode {
  const named = (list: FlatSignature['inputs']): readonly TableNode[] =>
    list.map(({ name, tensor }) => node('TensorMap', { name: own.string(name), tensor }));
  return node('SignatureDef', { inputs: named(inputs), outputs: named(outputs), key: own.string(key), subgraph });
}

/** A table of the schema's, its fields by name. */
function node<T extends keyof typeof fields>(table: T, values: { readonly [F in keyof (typeof fields)[T]]?: FieldValue }): TableNode {
  const described: Readonly<Record<string, Field>> = fields[table];
  return {
    fields: Object.entries<FieldValue>(values).map(([name, value]) => [described[name]!, value]),
  };
}

/** No name is as good as an empty one. */
function textOf(text: string, own: Leaves): Leaf | undefined {
  return text === '' ? undefined : own.string(text);
}

function someOf(nodes: readonly TableNode[]): readonly TableNode[] | undefined {
  return nodes.length > 0 ? nodes : undefined;
}

/** Numbers distinct things in the order in which they are first asked for. */
function numbering<T>(): { readonly all: readonly T[]; add(key: string, make: () => T): number } {
  const all: T[] = [];
  const numbers = new Map<string, number>();
  return {
    all,
    add: (key, make) => {
      const number = numbers.get(key) ?? all.push(make()) - 1;
      numbers.set(key, number);
      return number;
    },
  };
}
