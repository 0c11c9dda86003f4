/** A classifier of a few hundred weights as a TensorFlow.js model, and data that it labels itself: it is always right on them. */
import { writeNpz } from '../../src/datasets/npz';
import { loadFormat } from '../../src/formats/index';
import { createRandom } from '../../src/lib/random';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import { argmaxRows } from '../../src/measure/accuracy';
import { defaultsOf } from '../../src/options/options';
import { conv, GraphMaker } from '../ir/graphs';
import { prepare } from '../search/wasm';

const CHANNELS = 3;
const SIZE = 8;
const VALUES = SIZE * SIZE * CHANNELS;

function graph() {
  const g = new GraphMaker();
  const first = g.node('first', 'conv2d', [g.input('x', [-1, SIZE, SIZE, CHANNELS]), g.weights('first/kernel', [3, 3, CHANNELS, 16], 0.3), g.weights('first/bias', [16], 0.1)], { ...conv, activation: 'relu' }, [-1, SIZE, SIZE, 16]);
  const second = g.node('second', 'conv2d', [first, g.weights('second/kernel', [3, 3, 16, 16], 0.2), g.weights('second/bias', [16], 0.1)], { ...conv, activation: 'relu' }, [-1, SIZE, SIZE, 16]);
  const pool = g.node('pool', 'max-pool', [second], { kernel: [4, 4], strides: [4, 4], padding: 'valid', activation: 'none' }, [-1, 2, 2, 16]);
  const flat = g.node('flat', 'flatten', [pool], {}, [-1, 64]);
  const dense = g.node('dense', 'dense', [flat, g.weights('dense/kernel', [64, 5], 0.5), g.weights('dense/bias', [5], 0.1)], { activation: 'none' }, [-1, 5]);
  return g.build([g.node('softmax', 'softmax', [dense], { axis: -1 }, [-1, 5])]);
}

/** Names of its layers with weights. */
export const tinyLayers = ['first', 'second', 'dense'];

export async function tinyModel(): Promise<SourceFile[]> {
  const format = await loadFormat('tfjs-graph');
  const { files } = await format.write(graph(), defaultsOf(format.meta.writeOptions) as never, undefined);
  return files.map(({ name, bytes }) => fileOf(name, bytes));
}

/** A part is named as in the file: '' or '_train', '_test'. `withLabels` false leaves the labels out. */
export async function tinyData(parts: Readonly<Record<string, number>>, withLabels = true): Promise<SourceFile[]> {
  const random = createRandom(5);
  const model = await prepare(graph());
  const arrays: [string, { shape: number[]; dtype: 'float32' | 'int32'; data: Float32Array | Int32Array }][] = [];
  for (const [part, count] of Object.entries(parts)) {
    const shape = [count, SIZE, SIZE, CHANNELS];
    const data = Float32Array.from({ length: count * VALUES }, () => random.uniform());
    const [output] = await model.run([{ shape, dtype: 'float32', data }]);
    arrays.push([`x${part}`, { shape, dtype: 'float32', data }]);
    if (withLabels) arrays.push([`y${part}`, { shape: [count], dtype: 'int32', data: argmaxRows(output!, count)! }]);
  }
  model.dispose();
  return [fileOf('tiny.npz', writeNpz(new Map(arrays)))];
}
