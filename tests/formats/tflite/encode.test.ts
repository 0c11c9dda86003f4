import { beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/formats/tflite/decode';
import { encodeModel } from '../../../src/formats/tflite/encode';
import type { FlatModel } from '../../../src/formats/tflite/flat-model';
import type { Batch, Borders, FileBackend } from '../../../src/runtime/backend';
import { createFileBackend } from '../../../src/runtime/litert/backends';
import { configureLiteRt } from '../../../src/runtime/litert/files';
import { nodeLiteRtFiles } from '../../../src/runtime/litert/files.node';
import { fileBytes, fileNames, operatorFiles } from './files';

const files: readonly (readonly [name: string, bytes: Uint8Array])[] = [...fileNames.map((name) => [name, fileBytes(name)] as const), ...operatorFiles()];

/** What runs, without what is there for people. */
function bare(model: FlatModel): FlatModel {
  return {
    ...model,
    description: '',
    metadata: [],
    subgraphs: model.subgraphs.map((subgraph) => ({ ...subgraph, name: '', tensors: subgraph.tensors.map((tensor) => ({ ...tensor, name: '' })) })),
  };
}

describe('a written file', () => {
  it.each(files)('holds what %s holds', (_, bytes) => {
    const model = decodeModel(bytes);
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it.each(fileNames)("is smaller than TensorFlow's %s", (name) => {
    const bytes = fileBytes(name);
    expect(encodeModel(decodeModel(bytes)).length).toBeLessThan(bytes.length);
  });

  it('is the same each time', () => {
    const model = decodeModel(fileBytes('net-int8'));
    expect(encodeModel(model)).toEqual(encodeModel(structuredClone(model)));
  });

  it.each(fileNames)('begins every constant of %s at a multiple of 16', (name) => {
    const bytes = encodeModel(decodeModel(fileBytes(name)));
    const offsets = decodeModel(bytes).subgraphs.flatMap(({ tensors }) => tensors.flatMap(({ data }) => (data ? [data.byteOffset - bytes.byteOffset] : [])));
    expect(offsets.filter((offset) => offset % 16 !== 0)).toEqual([]);
    expect(bytes.length % 16).toBe(0);
  });

  it('spends six tenths of what the converter does on all but constants', () => {
    const converted = fileBytes('net-int8');
    const model = decodeModel(converted);
    const constants = new Set(model.subgraphs[0]!.tensors.flatMap(({ data }) => (data ? [Buffer.from(data).toString('hex')] : [])));
    const nbytes = [...constants].reduce((sum, hex) => sum + hex.length / 2, 0);
    expect(encodeModel(bare(model)).length - nbytes).toBeLessThan(0.6 * (converted.length - nbytes));
  });

  it('writes equal constants once', () => {
    const data = new Uint8Array(400).fill(3);
    const tensor = (values: Uint8Array) => ({ name: '', type: 'UINT8', shape: [400], isVariable: false, data: values }) as const;
    const model = (count: number): FlatModel => ({
      description: '', signatures: [], metadata: [],
      subgraphs: [{ name: '', tensors: Array.from({ length: count }, () => tensor(data.slice())), inputs: [], outputs: [], operators: [] }],
    });
    expect(encodeModel(model(20)).length - encodeModel(model(1)).length).toBeLessThan(20 * 4 + 16);
  });

  it('keeps quantization whose zero points are all alike, as many as scales', () => {
    const quantization = { scale: Float32Array.of(1, 2, 3), zeroPoint: [0, 0, 0], axis: 0 };
    const tensors = [{ name: 'w', type: 'INT8', shape: [3], isVariable: true, data: Uint8Array.of(1, 2, 3), quantization }] as const;
    const model: FlatModel = { description: 'd', signatures: [], metadata: [], subgraphs: [{ name: 's', tensors, inputs: [], outputs: [], operators: [] }] };
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it('refuses operators and options that the schema has not', () => {
    const model = (operator: FlatModel['subgraphs'][number]['operators'][number]): FlatModel => ({
      description: '', signatures: [], metadata: [], subgraphs: [{ name: '', tensors: [], inputs: [], outputs: [], operators: [operator] }],
    });
    const plain = { version: 1, inputs: [], outputs: [] };
    expect(() => encodeModel(model({ op: 'FOLD', ...plain }))).toThrow(expect.objectContaining({ name: 'ExportError', message: expect.stringContaining('no operator FOLD') }));
    expect(() => encodeModel(model({ op: 'ADD', ...plain, options: { table: 'AddOptions', fields: { stride: 1 } } }))).toThrow(/AddOptions has no option stride/);
    expect(() => encodeModel(model({ op: 'RANDOM_UNIFORM', ...plain, options: { table: 'RandomOptions', fields: {} } }))).toThrow(/cannot write the options RandomOptions/);
  });
});

describe('in LiteRT', () => {
  let backend: FileBackend;
  beforeAll(async () => {
    configureLiteRt(nodeLiteRtFiles);
    backend = await createFileBackend('litert-wasm');
  });

  // Not the ones whose borders are integers, which LiteRT does not take in JavaScript.
  it.each(['net-float32', 'net-float16', 'net-dynamic', 'net-int8', 'branches'])('%s answers the same when it is written anew', async (name) => {
    const original = fileBytes(name);
    const rewritten = encodeModel(bare(decodeModel(original)));
    const borders = bordersOf(decodeModel(original));
    const shape = borders.values[borders.inputs[0]!]!.shape!;
    const picture: Batch = { dtype: 'float32', shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => ((i * 37) % 101) / 101) };
    const answers = async (bytes: Uint8Array): Promise<readonly Batch[]> => {
      const model = await backend.prepare(bytes, borders);
      const outputs = await model.run([picture]);
      model.dispose();
      return outputs;
    };
    const wanted = await answers(original);
    expect(await answers(rewritten)).toEqual(wanted);
    expect(wanted[0]!.data.some((value) => value !== 0)).toBe(true);
  });
});

function bordersOf({ subgraphs, signatures }: FlatModel): Borders {
  const [signature] = signatures;
  const values = [...signature!.inputs, ...signature!.outputs].map(({ name, tensor }) => {
    return [name, { id: name, name, dtype: 'float32', shape: subgraphs[0]!.tensors[tensor]!.shape! }] as const;
  });
  const [inputNames, outputNames] = [signature!.inputs, signature!.outputs].map((list) => list.map(({ name }) => name));
  return { inputs: inputNames!, outputs: outputNames!, inputNames: inputNames!, outputNames: outputNames!, values: Object.fromEntries(values) };
}
