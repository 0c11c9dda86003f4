/** Broken and hostile files: every one ends in an error that says what is wrong, and none in a crash or a wrong graph. */
import { describe, expect, it } from 'vitest';
import { zipSync } from 'fflate';
import { readKeras } from '../../../src/formats/keras/read';
import { readKerasH5 } from '../../../src/formats/keras-h5/read';
import { readTfjsLayers } from '../../../src/formats/tfjs-layers/read';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf, type SourceFile } from '../../../src/lib/source-file';
import { openZip } from '../../../src/lib/zip';
import { caseFileBytes } from '../../fixtures/keras/cases';

const input = (main: SourceFile, files: readonly SourceFile[] = [main]) => ({ main, files, report: ignoreProgress });
const bytesAt = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(caseFileBytes(path));
const isTold = { name: expect.stringMatching(/^(Format|Unsupported)Error$/) as string, message: expect.stringMatching(/.{20}/) as string };

/** Shares of a file that are left. */
const SHARES = [0, 0.001, 0.02, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.98, 0.999];

describe('a file that was cut off', () => {
  it.each(SHARES)('says so: .h5, %f of it left', async (share) => {
    const whole = bytesAt('h5-keras2/model-sequential-cnn.h5.gz');
    const part = whole.slice(0, Math.floor(whole.length * share));
    await expect(readKerasH5(input(fileOf('model.h5', part)))).rejects.toMatchObject({ ...isTold, name: 'FormatError' });
  });

  it.each(SHARES)('says so: .keras, %f of it left', async (share) => {
    const whole = bytesAt('keras3/model-sequential-cnn.keras.gz');
    const part = whole.slice(0, Math.floor(whole.length * share));
    await expect(readKeras(input(fileOf('model.keras', part)))).rejects.toMatchObject({ ...isTold, name: 'FormatError' });
  });

  it.each(SHARES)('says so: the weights within a .keras, %f of them left', async (share) => {
    const members = await membersOf('keras3/model-sequential-cnn.keras.gz');
    const weights = members['model.weights.h5']!;
    const part = { ...members, 'model.weights.h5': weights.slice(0, Math.floor(weights.length * share)) };
    await expect(readKeras(input(fileOf('model.keras', zipOf(part))))).rejects.toMatchObject({ ...isTold, name: 'FormatError' });
  });

  it.each(SHARES)('says so: model.json, %f of it left', async (share) => {
    const whole = bytesAt('tfjs/keras2-cnn/model.json');
    const part = fileOf('model.json', whole.slice(0, Math.floor(whole.length * share)));
    await expect(readTfjsLayers(input(part))).rejects.toMatchObject({ ...isTold, name: 'FormatError' });
  });
});

describe('a file of which bytes were changed', () => {
  it('gives a model or an error in words, never a crash', async () => {
    const whole = bytesAt('h5-keras2/model-sequential-cnn.h5.gz');
    let errors = 0;
    for (let i = 0; i < DAMAGE_COUNT; i++) {
      const damaged = whole.slice();
      const start = Math.floor((i / DAMAGE_COUNT) * whole.length);
      damaged.fill(i % 2 === 0 ? 0xff : 0, start, start + 16);
      const outcome = await readKerasH5(input(fileOf('model.h5', damaged))).then(
        () => null,
        (error: unknown) => error,
      );
      if (outcome === null) continue;
      errors++;
      expect(outcome).toMatchObject(isTold);
    }
    expect(errors).toBeGreaterThan(0);
  });
});

/** Places at which sixteen bytes are overwritten. */
const DAMAGE_COUNT = 60;

describe('a topology that cannot be', () => {
  const dense = (name: string, from: string, config: object = {}) => ({
    class_name: 'Dense',
    name,
    config: { name, units: 2, activation: 'linear', use_bias: false, ...config },
    inbound_nodes: [[[from, 0, 0, {}]]],
  });
  const inputLayer = (shape: unknown = [null, 2]) => ({ class_name: 'InputLayer', name: 'in', config: { name: 'in', batch_input_shape: shape, dtype: 'float32' }, inbound_nodes: [] });
  const functional = (layers: unknown, output: unknown = [['d', 0, 0]], inputs: unknown = [['in', 0, 0]]) => ({
    class_name: 'Functional',
    config: { name: 'm', layers, input_layers: inputs, output_layers: output },
  });
  const weights = [{ name: 'd/kernel', shape: [2, 2], dtype: 'float32' }];
  const read = (topology: unknown, entries: unknown = weights) => {
    const json = { modelTopology: { keras_version: '2.15.0', model_config: topology }, weightsManifest: [{ paths: ['w.bin'], weights: entries }] };
    const main = fileOf('model.json', JSON.stringify(json));
    return readTfjsLayers(input(main, [main, fileOf('w.bin', new Uint8Array(16))]));
  };

  it('is read when nothing is wrong with it', async () => {
    const { graph } = await read(functional([inputLayer(), dense('d', 'in')]));
    expect(graph.nodes.map(({ name, op }) => [name, op])).toEqual([['d', 'dense']]);
    expect(graph.inputNames).toEqual(['in']);
    expect(graph.outputNames).toEqual(['d']);
  });

  it.each([
    ['layers in a circle', functional([inputLayer(), dense('d', 'e'), { ...dense('e', 'd'), class_name: 'ReLU' }]), /circle/],
    ['a layer that is not listed', functional([inputLayer(), dense('d', 'nowhere')]), /"nowhere", which is not listed/],
    ['an output of a layer that is not listed', functional([inputLayer(), dense('d', 'in')], [['nowhere', 0, 0]]), /not listed/],
    ['a call that is not made', functional([inputLayer(), dense('d', 'in')], [['d', 7, 0]]), /called 1 times/],
    ['an output that is not given', functional([inputLayer(), dense('d', 'in')], [['d', 0, 3]]), /no output 3/],
    ['two layers of one name', functional([inputLayer(), dense('d', 'in'), dense('d', 'in')]), /two layers of one name/],
    ['no layers', functional({}), /lists no layers/],
    ['a layer without a class', functional([inputLayer(), 3]), /names no class/],
    ['an input that is no InputLayer', functional([dense('d', 'd')], [['d', 0, 0]], [['d', 0, 0]]), /no InputLayer/],
    ['an absurd input shape', functional([inputLayer([null, 1e300]), dense('d', 'in')]), /has the shape/],
    ['a negative input shape', functional([inputLayer([null, -2]), dense('d', 'in')]), /has the shape/],
    ['an input of another width', functional([inputLayer([null, 3]), dense('d', 'in')]), /"d" \(Dense\) does not fit its inputs or weights/],
    ['an option of a wrong type', functional([inputLayer(), dense('d', 'in', { activation: 5 })]), /activation 5/],
    ['an activation named like a member of every object', functional([inputLayer(), dense('d', 'in', { activation: 'constructor' })]), /activation "constructor"/],
    ['a class named like a member of every object', functional([inputLayer(), { ...dense('d', 'in'), class_name: 'constructor' }]), /"d" \(constructor\) is a custom layer/],
    ['an input that is a number', functional([inputLayer(), dense('d', 'in')], [['d', 0, 0]], 3), /as an input or output/],
    ['a sparse input', functional([{ ...inputLayer(), config: { ...inputLayer().config, sparse: true } }, dense('d', 'in')]), /sparse/],
  ])('is refused: %s', async (_what, topology, reason) => {
    await expect(read(topology)).rejects.toMatchObject({ ...isTold, message: expect.stringMatching(reason) as string });
  });


  it('is refused when weights are missing, or are another model’s', async () => {
    await expect(read(functional([inputLayer(), dense('d', 'in')]), [])).rejects.toThrow('its layers have 1');
    const wide = [{ name: 'd/kernel', shape: [4, 1], dtype: 'float32' }];
    await expect(read(functional([inputLayer(), dense('d', 'in')]), wide)).rejects.toThrow('does not fit its inputs or weights');
  });

  it('is refused when it is nested without end', async () => {
    let nested: object = functional([inputLayer(), dense('d', 'in')]);
    for (let i = 0; i < 40; i++) nested = { ...functional([inputLayer(), { ...nested, name: 'd', inbound_nodes: [[['in', 0, 0, {}]]] }]) };
    await expect(read(nested)).rejects.toMatchObject({ name: 'FormatError', message: expect.stringMatching(/nested over 32|levels deep/) as string });
    const main = fileOf('model.json', '['.repeat(100_000));
    await expect(readTfjsLayers(input(main))).rejects.toThrow('nested over 200 levels');
  });

  it('does not multiply without bound when models call models twice', async () => {
    const call = (from: string, node: number) => [[from, node, 0, {}]];
    let level: { class_name: string; config: object } = functional([inputLayer(), dense('d', 'in')]);
    for (let i = 0; i < 25; i++) {
      const twice = { ...level, name: 'd', inbound_nodes: [call('in', 0), call('d', 1)] };
      level = functional([inputLayer(), twice], [['d', 2, 0]]);
    }
    await expect(read(level)).rejects.toThrow(/calls its layers over 20000 times|nested/);
  });
});

async function membersOf(path: string): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const zip = await openZip(fileOf('model.keras', bytesAt(path)));
  const entries = zip.members.map(async ({ name }) => [name, new Uint8Array(await (await zip.open(name)).blob.arrayBuffer())] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function zipOf(members: Record<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  return zipSync(members, { level: 0 }) as Uint8Array<ArrayBuffer>;
}
