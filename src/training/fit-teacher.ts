/**
 * The teacher's answers to a batch. Without augmentation and hints an example is answered the same way in every epoch, so that answers are
 * kept in memory and the teacher works in the first epoch only.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, ValueId } from '../ir/graph';
import type { TfjsBackendId } from '../runtime/backend';
import type { TrainingBatch } from './batches';
import type { Network, NetworkOptions } from './network';
import { tensor as upload } from '@tensorflow/tfjs-core';

export interface TeacherAnswers {
  /** By output; the caller's. */
  readonly logits: readonly Tensor[];
  /** In the order of the hints; the caller's. */
  readonly hints: readonly Tensor[];
}

/** Most numbers kept; beyond, the teacher works in every epoch. 64 MiB. */
const MOST_KEPT_NUMBERS = 16 * 1024 * 1024;

export class Teacher {
  readonly #network: Network;
  readonly #hints: readonly ValueId[];
  /** How many examples there are, if their answers may be kept. */
  readonly #kept: number;
  #answers: Float32Array[] | null = null;
  #shapes: readonly number[][] = [];
  readonly #known: Uint8Array;

  constructor(network: Network, hints: readonly ValueId[], exampleCount: number, keeps: boolean) {
    this.#network = network;
    this.#hints = hints;
    this.#kept = keeps && hints.length === 0 ? exampleCount : 0;
    this.#known = new Uint8Array(this.#kept);
  }

  async answer({ indices }: TrainingBatch, inputs: readonly Tensor[]): Promise<TeacherAnswers> {
    if (this.#answers && indices.every((index) => this.#known[index])) return { logits: this.#recall(indices), hints: [] };
    const values = this.#network.predict(inputs, new Map());
    const logits = this.#network.outputs.map(({ logits: id }) => values.get(id)!.clone());
    const hints = this.#hints.map((id) => values.get(id)!.clone());
    for (const tensor of values.values()) tensor.dispose();
    if (this.#kept > 0) await this.#keep(indices, logits);
    return { logits, hints };
  }

  dispose(): void {
    this.#network.dispose();
  }

  #recall(indices: Uint32Array): Tensor[] {
    return this.#answers!.map((answers, output) => {
      const size = answers.length / this.#kept;
      const own = new Float32Array(indices.length * size);
      for (const [row, index] of indices.entries()) own.set(answers.subarray(index * size, (index + 1) * size), row * size);
      return upload(own, [indices.length, ...this.#shapes[output]!], 'float32');
    });
  }

  async #keep(indices: Uint32Array, logits: readonly Tensor[]): Promise<void> {
    const width = logits.reduce((sum, tensor) => sum + tensor.size / indices.length, 0);
    if (width * this.#kept > MOST_KEPT_NUMBERS || logits.some(({ shape }) => shape[0] !== indices.length)) return;
    this.#answers ??= logits.map(({ size }) => new Float32Array((size / indices.length) * this.#kept));
    this.#shapes = logits.map(({ shape }) => shape.slice(1));
    for (const [output, tensor] of logits.entries()) {
      const numbers = await tensor.data<'float32'>();
      const size = numbers.length / indices.length;
      for (const [row, index] of indices.entries()) this.#answers[output]!.set(numbers.subarray(row * size, (row + 1) * size), index * size);
    }
    for (const index of indices) this.#known[index] = 1;
  }
}

/** A network that only answers: every float constant stands still. */
export function teacherOptions(teacher: Graph, hints: readonly ValueId[], backend: TfjsBackendId): NetworkOptions {
  const frozen = Object.values(teacher.values).filter(({ tensor, dtype }) => tensor && dtype === 'float32').map(({ id }) => id);
  return { backend, frozen, watched: hints, dropout: false };
}
