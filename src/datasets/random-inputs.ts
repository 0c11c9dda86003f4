/**
 * Random numbers that a model can be run on: pictures uniform in 0…1 (or 0…255 where the model scales them itself), other
 * floats standard normal, whole numbers within the table that they index; states as they start.
 */
import { WhittleError } from '../lib/errors';
import { createRandom, type Random } from '../lib/random';
import type { Graph, Node, Value, ValueId } from '../ir/graph';
import { initialBatches } from '../ir/states';
import { consumersOf } from '../ir/walk';
import type { Batch } from '../runtime/backend';
import { takesBytes } from './takes-bytes';

/** Free height and width of a picture: small, and a multiple of every usual stride. */
const FREE_PICTURE_SIZE = 64;
/** Any other free size, such as the length of a sequence. */
const FREE_SIZE = 16;
/** Whole numbers that index no table. */
const INTEGER_BOUND = 10;
/** Spaces the examples' seeds apart (a prime), so that each is the same in any batch. */
const SEED_STEP = 7919;

/** All inputs of examples [start, end). */
export function randomInputs(graph: Graph, start: number, end: number, seed: number): Batch[] {
  const consumers = consumersOf(graph);
  const initial = initialBatches(graph, end - start);
  return graph.inputs.map((id, i) => {
    if (initial[i]) return initial[i];
    const value = graph.values[id]!;
    const draw = drawerOf(graph, consumers, value, graph.inputNames[i] ?? id);
    // A scalar is a switch of the model's, such as "training": off.
    if (value.shape!.length === 0) return filled([], 1, value.dtype, () => 0);
    const example = value.shape!.slice(1).map((size, axis) => (size >= 0 ? size : freeSize(value.shape!, axis + 1)));
    const exampleSize = example.reduce((product, size) => product * size, 1);
    let random = createRandom(seed);
    return filled([end - start, ...example], exampleSize * (end - start), value.dtype, (at) => {
      if (at % exampleSize === 0) random = createRandom(seed + SEED_STEP * (start + at / exampleSize) + i);
      return draw(random);
    });
  });
}

type Drawer = (random: Random) => number;

function drawerOf(graph: Graph, consumers: ReadonlyMap<ValueId, readonly Node[]>, value: Value, name: string): Drawer {
  if (value.shape === null) throw new WhittleError('DataError', `The input "${name}" says nothing of its shape, so random inputs cannot be made. Give data.`);
  switch (value.dtype) {
    case 'float32': {
      // Keras's Embedding takes floats too, and casts them.
      const bound = indexBound(graph, consumers, value.id);
      if (bound !== null) return (random) => random.integer(bound);
      if (!isPicture(value.shape)) return (random) => random.normal();
      const largest = takesBytes(graph, value.id) ? 255 : 1;
      return (random) => random.uniform() * largest;
    }
    case 'int32': {
      const bound = indexBound(graph, consumers, value.id) ?? INTEGER_BOUND;
      return (random) => random.integer(bound);
    }
    case 'bool':
      return (random) => random.integer(2);
    case 'string':
      throw new WhittleError('DataError', `The input "${name}" takes texts, so random inputs cannot be made.`);
    default: {
      const never: never = value.dtype;
      return never;
    }
  }
}

/** The smallest table that the numbers index, on the way through operators that keep them; null: they index none. */
function indexBound(graph: Graph, consumers: ReadonlyMap<ValueId, readonly Node[]>, id: ValueId): number | null {
  const bounds = (consumers.get(id) ?? []).map((node) => {
    switch (node.op) {
      case 'gather': {
        if (node.inputs[1] !== id) return null;
        const table = graph.values[node.inputs[0]!]?.shape;
        const size = table?.at(node.attributes.axis);
        return size !== undefined && size > 0 ? size : null;
      }
      case 'one-hot':
        return node.attributes.depth;
      case 'category-encode':
        return node.attributes.tokens;
      case 'cast':
      case 'identity':
      case 'reshape':
      case 'flatten':
      case 'expand-dims':
      case 'squeeze':
      case 'transpose':
      case 'slice':
      case 'strided-slice':
        return node.inputs[0] === id ? indexBound(graph, consumers, node.outputs[0]!) : null;
      default:
        return null;
    }
  });
  const known = bounds.filter((bound): bound is number => bound !== null);
  return known.length > 0 ? Math.max(1, Math.min(...known)) : null;
}

function filled(shape: number[], size: number, dtype: Value['dtype'], draw: (at: number) => number): Batch {
  const data = dtype === 'int32' ? new Int32Array(size) : dtype === 'bool' ? new Uint8Array(size) : new Float32Array(size);
  for (let at = 0; at < size; at++) data[at] = draw(at);
  return { shape, dtype, data };
}

function isPicture(shape: readonly number[]): boolean {
  return shape.length === 4 && [1, 3, 4].includes(shape[3]!);
}

function freeSize(shape: readonly number[], axis: number): number {
  return shape.length === 4 && (axis === 1 || axis === 2) ? FREE_PICTURE_SIZE : FREE_SIZE;
}
