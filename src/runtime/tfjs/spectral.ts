/**
 * Spectra as products with tables of cosines and sines, which every backend computes alike: TensorFlow.js has a fast transform
 * on some of its backends only.
 */
import type { Kernel, Tensor } from './kernel';
import * as tf from '@tensorflow/tfjs-core';

export const realFft: Kernel<'real-fft'> = (node) => {
  const { length, part } = node.attributes;
  const bins = Math.floor(length / 2) + 1;
  const cosines = part === 'imaginary' ? null : tableOf('cosine', length, bins);
  const sines = part === 'real' ? null : tableOf('sine', length, bins);
  const project = (rows: Tensor, numbers: Float32Array): Tensor => tf.matMul(rows as tf.Tensor2D, tf.tensor2d(numbers, [length, bins]));
  return (x: Tensor) =>
    tf.tidy(() => {
      const rows = ofLength(tf.reshape(x, [-1, x.shape.at(-1)!]), length);
      const [real, imaginary] = [cosines && project(rows, cosines), sines && project(rows, sines)];
      const y = real && imaginary ? tf.sqrt(tf.add(tf.square(real), tf.square(imaginary))) : (real ?? imaginary)!;
      return tf.reshape(y, [...x.shape.slice(0, -1), bins]);
    });
};

/** e^(−iωt): the imaginary part is the sine's, turned round. */
const waves = { cosine: Math.cos, sine: (angle: number) => -Math.sin(angle) } as const;

/** Nodes that transform alike share a table for as long as one of them is there. */
const tables = new Map<string, WeakRef<Float32Array>>();

function tableOf(wave: keyof typeof waves, length: number, bins: number): Float32Array {
  const key = `${wave} ${length}`;
  const known = tables.get(key)?.deref();
  if (known) return known;
  const made = makeTable(length, bins, waves[wave]);
  tables.set(key, new WeakRef(made));
  return made;
}

/** [length, bins]: the wave of every bin at every place. */
function makeTable(length: number, bins: number, wave: (angle: number) => number): Float32Array {
  const period = Float32Array.from({ length }, (_, i) => wave((2 * Math.PI * i) / length));
  const numbers = new Float32Array(length * bins);
  for (let place = 0; place < length; place++) {
    for (let bin = 0; bin < bins; bin++) numbers[place * bins + bin] = period[(place * bin) % length]!;
  }
  return numbers;
}

function ofLength(rows: Tensor, length: number): Tensor {
  const has = rows.shape[1]!;
  if (has === length) return rows;
  return has > length ? tf.slice(rows, [0, 0], [-1, length]) : tf.pad(rows, [[0, 0], [0, length - has]]);
}
