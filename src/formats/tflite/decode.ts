/**
 * A `.tflite` file as plain data. Whatever the bytes are, it ends with a model whose every index holds, or with a
 * FormatError; data of constants are views of the file, of any alignment.
 * Format: https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs
 */
import { flatReader, type FlatReader, type TableView } from './decode-reader';
import type {
  FlatDimension, FlatModel, FlatOperator, FlatOptions, FlatOptionValue, FlatQuantization, FlatSignature, FlatSparsity, FlatSubgraph, FlatTensor,
} from './flat-model';
import { optionsOfOperator, optionsTableOf, type OptionField, type OptionsTable } from './options-table';
import { dimensionTypes, fields, operatorNames, quantizationDetails, sparseIndexVectors, tensorTypeName } from './schema';

/** The schema's version that every published model has. */
const SCHEMA_VERSION = 3;
/** Bytes 4 to 8 of every file. */
const IDENTIFIER = 'TFL3';

/** @throws FormatError, in words for the person who opened the file. */
export function decodeModel(bytes: Uint8Array): FlatModel {
  const reader = flatReader(bytes);
  if (bytes.length < 8) reader.fail(`the file has ${bytes.length} bytes`);
  const identifier = String.fromCharCode(...bytes.subarray(4, 8));
  if (identifier !== IDENTIFIER) reader.fail(`bytes 4 to 8 are ${JSON.stringify(identifier)}, not "${IDENTIFIER}"`);
  const model = reader.root('the model');
  const version = reader.scalar(model, fields.Model.version);
  if (version !== SCHEMA_VERSION) reader.fail(`its schema has version ${version}; Whittle reads version ${SCHEMA_VERSION}`);

  const buffers = reader.tables(model, fields.Model.buffers, 'buffer').map((table) => decodeBuffer(reader, table));
  const codes = reader.tables(model, fields.Model.operatorCodes, 'operator code').map((table) => decodeOperatorCode(reader, table));
  const subgraphTables = reader.tables(model, fields.Model.subgraphs, 'subgraph');
  if (subgraphTables.length === 0) reader.fail('it holds no subgraph');
  const subgraphs = subgraphTables.map((table) => decodeSubgraph(reader, table, buffers, codes));
  return {
    description: reader.string(model, fields.Model.description) ?? '',
    subgraphs,
    signatures: reader.tables(model, fields.Model.signatures, 'signature').map((table) => decodeSignature(reader, table, subgraphs)),
    metadata: reader.tables(model, fields.Model.metadata, 'metadata').map((table) => ({
      name: reader.string(table, fields.Metadata.name) ?? '',
      data: at(reader, buffers, reader.scalar(table, fields.Metadata.buffer), table.what, 'buffer'),
    })),
  };
}

interface OperatorCode {
  readonly op: string;
  readonly customCode: string | undefined;
  readonly version: number;
}

const EMPTY = new Uint8Array(0);

function decodeBuffer(reader: FlatReader, table: TableView): Uint8Array {
  const data = reader.bytes(table, fields.Buffer.data);
  const offset = reader.scalar(table, fields.Buffer.offset);
  // Offsets of 0 and 1 mean that there is none: see the schema.
  if (data?.length || offset <= 1) return data ?? EMPTY;
  return reader.slice(offset, reader.scalar(table, fields.Buffer.size), `the data of ${table.what}`);
}

/** Older files know only the 8-bit code, newer ones put 127 there when theirs does not fit. */
function decodeOperatorCode(reader: FlatReader, table: TableView): OperatorCode {
  const code = Math.max(reader.scalar(table, fields.OperatorCode.deprecatedCode), reader.scalar(table, fields.OperatorCode.code));
  return {
    op: operatorNames[code] ?? reader.fail(`${table.what} is ${code}; Whittle knows operators 0 to ${operatorNames.length - 1}`),
    customCode: reader.string(table, fields.OperatorCode.customCode),
    version: reader.scalar(table, fields.OperatorCode.version),
  };
}

function decodeSubgraph(
  reader: FlatReader, table: TableView, buffers: readonly Uint8Array[], codes: readonly OperatorCode[],
): FlatSubgraph {
  const views = reader.tables(table, fields.SubGraph.tensors, 'tensor');
  // Files from before has_rank was added have it nowhere; there, no shape means a scalar.
  const ranksAreTold = views.some((view) => reader.flag(view, fields.Tensor.hasRank));
  const tensors = views.map((view) => decodeTensor(reader, view, buffers, ranksAreTold));
  const indices = (of: TableView, list: readonly number[] | undefined, lowest: number): readonly number[] =>
    checkIndices(reader, list ?? [], tensors.length, lowest, of.what);
  return {
    name: reader.string(table, fields.SubGraph.name) ?? '',
    tensors,
    inputs: indices(table, reader.numbers(table, fields.SubGraph.inputs), 0),
    outputs: indices(table, reader.numbers(table, fields.SubGraph.outputs), 0),
    operators: reader
      .tables(table, fields.SubGraph.operators, 'operator')
      .map((view) => decodeOperator(reader, view, codes, (list, lowest) => indices(view, list, lowest))),
  };
}

function decodeTensor(reader: FlatReader, table: TableView, buffers: readonly Uint8Array[], ranksAreTold: boolean): FlatTensor {
  const type = reader.scalar(table, fields.Tensor.type);
  if (reader.scalar(table, fields.Tensor.externalBuffer) !== 0) {
    reader.fail(`the data of ${table.what} lie in another file, which Whittle does not read; convert the model with its weights inside`);
  }
  const shape = reader.numbers(table, fields.Tensor.shape) ?? [];
  const rankIsKnown = shape.length > 0 || !ranksAreTold || reader.flag(table, fields.Tensor.hasRank);
  if (shape.some((size) => size < 0)) reader.fail(`the shape of ${table.what} is [${shape.slice(0, 8).join(', ')}]`);
  const shapeSignature = reader.numbers(table, fields.Tensor.shapeSignature);
  if (shapeSignature?.length && shapeSignature.length !== shape.length) reader.fail(`${table.what} has two shapes of different rank`);
  const data = at(reader, buffers, reader.scalar(table, fields.Tensor.buffer), table.what, 'buffer');
  const quantization = decodeQuantization(reader, table, shape.length);
  const sparsity = decodeSparsity(reader, table);
  return {
    name: reader.string(table, fields.Tensor.name) ?? '',
    type: tensorTypeName(type) ?? reader.fail(`${table.what} has the unknown type ${type}`),
    shape: rankIsKnown ? shape : null,
    ...(shapeSignature?.length ? { shapeSignature } : {}),
    ...(data.length > 0 ? { data } : {}),
    ...(quantization ? { quantization } : {}),
    isVariable: reader.flag(table, fields.Tensor.isVariable),
    ...(sparsity ? { sparsity } : {}),
  };
}

function decodeQuantization(reader: FlatReader, tensor: TableView, rank: number): FlatQuantization | undefined {
  const what = `the quantization of ${tensor.what}`;
  const table = reader.table(tensor, fields.Tensor.quantization, what);
  if (table === undefined) return undefined;
  if (reader.scalar(table, fields.QuantizationParameters.detailsType) !== quantizationDetails.NONE) {
    reader.fail(`${what} is block-wise or custom, which Whittle does not read; quantize by channel or by tensor instead`);
  }
  const scale = reader.floats(table, fields.QuantizationParameters.scale);
  if (!scale?.length) return undefined;
  const zeroPoint = reader.numbers(table, fields.QuantizationParameters.zeroPoint) ?? Array.from(scale, () => 0);
  if (zeroPoint.length !== scale.length) reader.fail(`${what} has ${scale.length} scales and ${zeroPoint.length} zero points`);
  const axis = reader.scalar(table, fields.QuantizationParameters.axis);
  if (scale.length > 1 && (axis < 0 || axis >= rank)) reader.fail(`${what} runs along dimension ${axis} of ${rank}`);
  const min = reader.floats(table, fields.QuantizationParameters.min);
  const max = reader.floats(table, fields.QuantizationParameters.max);
  return { scale, zeroPoint, axis, ...(min?.length ? { min } : {}), ...(max?.length ? { max } : {}) };
}

function decodeSparsity(reader: FlatReader, tensor: TableView): FlatSparsity | undefined {
  const table = reader.table(tensor, fields.Tensor.sparsity, `the sparsity of ${tensor.what}`);
  if (table === undefined) return undefined;
  const views = reader.tables(table, fields.SparsityParameters.dimensions, `${table.what}, dimension`);
  const traversalOrder = reader.numbers(table, fields.SparsityParameters.traversalOrder) ?? [];
  if (views.length !== traversalOrder.length) reader.fail(`${table.what} orders ${traversalOrder.length} dimensions and has ${views.length}`);
  return {
    traversalOrder,
    blockMap: reader.numbers(table, fields.SparsityParameters.blockMap) ?? [],
    dimensions: views.map((view) => decodeDimension(reader, view)),
  };
}

function decodeDimension(reader: FlatReader, view: TableView): FlatDimension {
  const { format, denseSize, segmentsType, segments, indicesType, indices } = fields.DimensionMetadata;
  const number = reader.scalar(view, format);
  if (number === dimensionTypes.DENSE) return { format: 'dense', size: reader.scalar(view, denseSize) };
  if (number !== dimensionTypes.SPARSE_CSR) reader.fail(`${view.what} has the unknown format ${number}`);
  return {
    format: 'sparse',
    segments: decodeSparseIndices(reader, reader.table(view, segments, `${view.what}, segments`), reader.scalar(view, segmentsType)),
    indices: decodeSparseIndices(reader, reader.table(view, indices, `${view.what}, indices`), reader.scalar(view, indicesType)),
  };
}

function decodeSparseIndices(reader: FlatReader, table: TableView | undefined, unionNumber: number): Int32Array {
  if (table === undefined) return new Int32Array(0);
  switch (unionNumber) {
    case sparseIndexVectors.Int32Vector:
      return Int32Array.from(reader.numbers(table, fields.Int32Vector.values) ?? []);
    case sparseIndexVectors.Uint16Vector:
      return Int32Array.from(reader.numbers(table, fields.Uint16Vector.values) ?? []);
    case sparseIndexVectors.Uint8Vector:
      return Int32Array.from(reader.numbers(table, fields.Uint8Vector.values) ?? []);
    default:
      return reader.fail(`${table.what} are of the unknown kind ${unionNumber}`);
  }
}

function decodeOperator(
  reader: FlatReader,
  table: TableView,
  codes: readonly OperatorCode[],
  indices: (list: readonly number[] | undefined, lowest: number) => readonly number[],
): FlatOperator {
  const { op, version, customCode } = at(reader, codes, reader.scalar(table, fields.Operator.opcode), table.what, 'operator code');
  const options = decodeOptions(reader, table, op);
  const customOptions = decodeCustomOptions(reader, table);
  const intermediates = reader.numbers(table, fields.Operator.intermediates);
  return {
    op,
    ...(customCode === undefined ? {} : { customCode }),
    version,
    inputs: indices(reader.numbers(table, fields.Operator.inputs), OPTIONAL_INPUT),
    outputs: indices(reader.numbers(table, fields.Operator.outputs), 0),
    ...(options ? { options } : {}),
    ...(customOptions?.length ? { customOptions } : {}),
    ...(intermediates?.length ? { intermediates: indices(intermediates, OPTIONAL_INPUT) } : {}),
  };
}

const OPTIONAL_INPUT = -1;

function decodeCustomOptions(reader: FlatReader, table: TableView): Uint8Array | undefined {
  const offset = reader.scalar(table, fields.Operator.largeCustomOffset);
  // As for buffers: 0 and 1 mean that there is none.
  if (offset <= 1) return reader.bytes(table, fields.Operator.customOptions);
  return reader.slice(offset, reader.scalar(table, fields.Operator.largeCustomSize), `the options of ${table.what}`);
}

function decodeOptions(reader: FlatReader, operator: TableView, op: string): FlatOptions | undefined {
  return (
    decodeUnion(reader, operator, op, reader.scalar(operator, fields.Operator.optionsType), false) ??
    decodeUnion(reader, operator, op, reader.scalar(operator, fields.Operator.options2Type), true)
  );
}

function decodeUnion(reader: FlatReader, operator: TableView, op: string, number: number, isSecond: boolean): FlatOptions | undefined {
  if (number === 0) return undefined;
  const what = `the options of ${operator.what} (${op})`;
  const described = optionsTableOf(number, isSecond) ?? reader.fail(`${what} are of the unknown kind ${number}`);
  const expected = optionsOfOperator(op);
  if (expected !== undefined && expected !== described) reader.fail(`${what} are ${described.name}, not ${expected.name}`);
  const view = reader.table(operator, isSecond ? fields.Operator.options2 : fields.Operator.options, what);
  return view && { table: described.name, fields: decodeFields(reader, view, described) };
}

function decodeFields(reader: FlatReader, view: TableView, { fields: described }: OptionsTable): Record<string, FlatOptionValue> {
  return Object.fromEntries(Object.entries(described ?? {}).map(([name, field]) => [name, decodeField(reader, view, field)]));
}

function decodeField(reader: FlatReader, view: TableView, field: OptionField): FlatOptionValue {
  if (field.length === 3) return field[1] === 'bool' ? reader.flag(view, field) : reader.scalar(view, field);
  const [id, type] = field;
  if (type === 'string') return reader.string(view, [id, type]) ?? '';
  return (type === '[int32]' ? reader.numbers(view, [id, type]) : Array.from(reader.floats(view, [id, type]) ?? [])) ?? [];
}

function decodeSignature(reader: FlatReader, table: TableView, subgraphs: readonly FlatSubgraph[]): FlatSignature {
  const number = reader.scalar(table, fields.SignatureDef.subgraph);
  const { tensors } = at(reader, subgraphs, number, table.what, 'subgraph');
  const named = (views: readonly TableView[]): FlatSignature['inputs'] =>
    views.map((view) => {
      const tensor = reader.scalar(view, fields.TensorMap.tensor);
      at(reader, tensors, tensor, `${table.what}, ${view.what}`, 'tensor');
      return { name: reader.string(view, fields.TensorMap.name) ?? '', tensor };
    });
  return {
    key: reader.string(table, fields.SignatureDef.key) ?? '',
    subgraph: number,
    inputs: named(reader.tables(table, fields.SignatureDef.inputs, 'input')),
    outputs: named(reader.tables(table, fields.SignatureDef.outputs, 'output')),
  };
}

function at<T>(reader: FlatReader, list: readonly T[], index: number, what: string, kind: string): T {
  return list[index] ?? reader.fail(`${what} names ${kind} ${index} of ${list.length}`);
}

function checkIndices(reader: FlatReader, list: readonly number[], count: number, lowest: number, what: string): readonly number[] {
  const wrong = list.find((index) => index < lowest || index >= count);
  if (wrong !== undefined) reader.fail(`${what} names tensor ${wrong} of ${count}`);
  return list;
}
