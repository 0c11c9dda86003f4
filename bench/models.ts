/** Nets with random weights as TensorFlow.js graph models, made in memory: what a converter writes before any folding. */
import { createRandom } from '../src/lib/random';

export interface ModelFiles {
  readonly name: string;
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[];
}

/** 13 depthwise-separable blocks at half width on 96 × 96, with batch normalization: MobileNet v1 0.5. */
export function mobileNet(): ModelFiles {
  const net = new GraphModel(96, 3);
  net.convolution(3, 16, 2).batchNorm().activation('Relu6');
  const blocks = [[32, 1], [64, 2], [64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [256, 1], [256, 1], [256, 1], [256, 1], [512, 2], [512, 1]] as const;
  for (const [channels, stride] of blocks) {
    net.depthwise(3, stride).batchNorm().activation('Relu6');
    net.convolution(1, channels, 1).batchNorm().activation('Relu6');
  }
  return { name: 'mobilenet-0.5-96', files: net.average().dense(100).files() };
}

/** Three convolutions with bias and relu and two dense layers on 28 × 28, as in a first tutorial. */
export function plainCnn(): ModelFiles {
  const net = new GraphModel(28, 1);
  for (const channels of [32, 64, 64]) net.convolution(3, channels, 1).bias().activation('Relu').pool();
  return { name: 'cnn-28', files: net.flatten().dense(64).activation('Relu').dense(10).files() };
}

interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr: Readonly<Record<string, unknown>>;
}

const FLOAT = { type: 'DT_FLOAT' };

class GraphModel {
  readonly #nodes: NodeDef[] = [];
  readonly #specs: { name: string; shape: number[]; dtype: 'float32' | 'int32' }[] = [];
  readonly #data: (Float32Array | Int32Array)[] = [];
  readonly #random = createRandom(1);
  #last = 'x';
  #size: number;
  #channels: number;

  constructor(size: number, channels: number) {
    this.#size = size;
    this.#channels = channels;
    const dim = [-1, size, size, channels].map((length) => ({ size: String(length) }));
    this.#nodes.push({ name: 'x', op: 'Placeholder', attr: { dtype: FLOAT, shape: { shape: { dim } } } });
  }

  convolution(kernel: number, channels: number, stride: number): this {
    const scale = Math.sqrt(2 / (kernel * kernel * this.#channels));
    const weights = this.#weights([kernel, kernel, this.#channels, channels], () => scale * this.#random.normal());
    this.#channels = channels;
    this.#size = Math.ceil(this.#size / stride);
    return this.#add('Conv2D', [weights], windowAttributes(stride));
  }

  depthwise(kernel: number, stride: number): this {
    const weights = this.#weights([kernel, kernel, this.#channels, 1], () => this.#random.normal() / kernel);
    this.#size = Math.ceil(this.#size / stride);
    return this.#add('DepthwiseConv2dNative', [weights], windowAttributes(stride));
  }

  batchNorm(): this {
    const around = (middle: number) => this.#weights([this.#channels], () => middle + 0.1 * this.#random.uniform());
    const parameters = [around(1), around(0), around(0), around(1)];
    return this.#add('FusedBatchNormV3', parameters, { T: FLOAT, U: FLOAT, epsilon: { f: 0.001 }, is_training: { b: false }, data_format: text('NHWC') });
  }

  bias(): this {
    return this.#add('BiasAdd', [this.#weights([this.#channels], () => 0.1 * this.#random.normal())], { T: FLOAT, data_format: text('NHWC') });
  }

  activation(op: 'Relu' | 'Relu6'): this {
    return this.#add(op, [], { T: FLOAT });
  }

  pool(): this {
    this.#size = Math.floor(this.#size / 2);
    const window = { list: { i: ['1', '2', '2', '1'] } };
    return this.#add('MaxPool', [], { T: FLOAT, ksize: window, strides: window, padding: text('VALID'), data_format: text('NHWC') });
  }

  average(): this {
    return this.#add('Mean', [this.#integers([1, 2])], { T: FLOAT, Tidx: { type: 'DT_INT32' }, keep_dims: { b: false } });
  }

  flatten(): this {
    this.#channels *= this.#size * this.#size;
    return this.#add('Reshape', [this.#integers([-1, this.#channels])], { T: FLOAT, Tshape: { type: 'DT_INT32' } });
  }

  dense(units: number): this {
    const scale = Math.sqrt(2 / this.#channels);
    const weights = this.#weights([this.#channels, units], () => scale * this.#random.normal());
    this.#channels = units;
    return this.#add('MatMul', [weights], { T: FLOAT, transpose_a: { b: false }, transpose_b: { b: false } }).bias();
  }

  files(): ModelFiles['files'] {
    const bytes = new Uint8Array(this.#data.reduce((length, { byteLength }) => length + byteLength, 0));
    let offset = 0;
    for (const array of this.#data) {
      bytes.set(new Uint8Array(array.buffer), offset);
      offset += array.byteLength;
    }
    const json = {
      format: 'graph-model',
      modelTopology: { node: this.#nodes, versions: { producer: 1 } },
      weightsManifest: [{ paths: ['weights.bin'], weights: this.#specs }],
    };
    return [
      { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
      { name: 'weights.bin', bytes },
    ];
  }

  #add(op: string, more: readonly string[], attr: NodeDef['attr']): this {
    const name = `${op}_${this.#nodes.length}`;
    this.#nodes.push({ name, op, input: [this.#last, ...more], attr });
    this.#last = name;
    return this;
  }

  #weights(shape: number[], draw: () => number): string {
    return this.#constant(shape, 'float32', Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw));
  }

  #integers(numbers: readonly number[]): string {
    return this.#constant([numbers.length], 'int32', Int32Array.from(numbers));
  }

  #constant(shape: number[], dtype: 'float32' | 'int32', data: Float32Array | Int32Array): string {
    const name = `constant_${this.#specs.length}`;
    const type = { type: dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32' };
    const tensor = { dtype: type.type, tensorShape: { dim: shape.map((length) => ({ size: String(length) })) } };
    this.#nodes.push({ name, op: 'Const', attr: { dtype: type, value: { tensor } } });
    this.#specs.push({ name, shape, dtype });
    this.#data.push(data);
    return name;
  }
}

function windowAttributes(stride: number): NodeDef['attr'] {
  const list = (step: number) => ({ list: { i: ['1', String(step), String(step), '1'] } });
  return { T: FLOAT, strides: list(stride), dilations: list(1), padding: text('SAME'), data_format: text('NHWC') };
}

/** Strings travel as base64 in the JSON of a graph. */
function text(value: string): { s: string } {
  return { s: btoa(value) };
}
