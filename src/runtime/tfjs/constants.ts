/** The constants of one prepared model on its device: each decoded and uploaded once, however many nodes share it. */
import type { Value } from '../../ir/graph';
import type { Tensor as Constant } from '../../ir/tensor';
import type { Tensor } from './kernel';
import { decodeFloats, decodeIntegers } from '../../ir/tensor';
import { WhittleError } from '../../lib/errors';
import { keep, tensor as upload, tidy } from '@tensorflow/tfjs-core';

export class ConstantStore {
  readonly #uploaded = new Map<Constant, Tensor>();
  readonly #derived = new Set<Tensor>();
  readonly #needed = new Set<Tensor>();

  /** The constant on the device, kept until `dispose`. */
  tensorOf(value: Value): Tensor {
    const tensor = this.#upload(value);
    this.#needed.add(tensor);
    return tensor;
  }

  /** Tensors computed from a constant, which itself is kept only if something else needs it. */
  derive(value: Value, make: (constant: Tensor) => Tensor[]): Tensor[] {
    const constant = this.#upload(value);
    const made = tidy(() => make(constant).map((tensor) => keep(tensor)));
    for (const tensor of made) (tensor === constant ? this.#needed : this.#derived).add(tensor);
    return made;
  }

  numbersOf(value: Value): readonly number[] {
    const constant = constantOf(value);
    return Array.from(value.dtype === 'float32' ? decodeFloats(constant) : decodeIntegers(constant));
  }

  /** Frees the constants that were only the raw material of others. */
  dropUnneeded(): void {
    for (const [constant, tensor] of this.#uploaded) {
      if (this.#needed.has(tensor)) continue;
      tensor.dispose();
      this.#uploaded.delete(constant);
    }
  }

  get nbytes(): number {
    const buffers = new Map<object, number>();
    for (const tensor of [...this.#uploaded.values(), ...this.#derived]) buffers.set(tensor.dataId, tensor.size * (tensor.dtype === 'bool' ? 1 : 4));
    return [...buffers.values()].reduce((sum, nbytes) => sum + nbytes, 0);
  }

  dispose(): void {
    for (const tensor of [...this.#uploaded.values(), ...this.#derived]) tensor.dispose();
    this.#uploaded.clear();
    this.#derived.clear();
    this.#needed.clear();
  }

  #upload(value: Value): Tensor {
    const constant = constantOf(value);
    const present = this.#uploaded.get(constant);
    if (present) return present;
    const tensor = upload(hostNumbers(value, constant), [...constant.shape], constant.dtype);
    this.#uploaded.set(constant, tensor);
    return tensor;
  }
}

function hostNumbers(value: Value, constant: Constant): Float32Array | Int32Array | Uint8Array {
  switch (constant.dtype) {
    case 'float32':
      return decodeFloats(constant);
    case 'int32':
      return decodeIntegers(constant);
    case 'bool':
      return Uint8Array.from(decodeIntegers(constant), (bit) => (bit === 0 ? 0 : 1));
    case 'string':
      throw new WhittleError('UnsupportedError', `Constant ${value.name} holds text; Whittle runs numbers only. Cut the text processing off the model.`);
    default: {
      const never: never = constant.dtype;
      return never;
    }
  }
}

function constantOf(value: Value): Constant {
  if (!value.tensor) throw new WhittleError('GraphError', `Value ${value.name} is not a constant.`);
  return value.tensor;
}
