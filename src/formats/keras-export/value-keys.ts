/**
 * Numbers that are equal for values computed in the same way from the same things: value numbering (Cocke, 1970). With
 * them, what a layer would be read as is compared with the nodes that stand in the graph.
 */
import type { Node, Value, ValueId } from '../../ir/graph';
import { decodeFloats, sizeOf, type Tensor } from '../../ir/tensor';

export interface ValueKeys {
  /** The key of a constant: by content when it is small, else by the identity of its data. */
  constant(tensor: Tensor): number;
  /** The key of a graph input. */
  input(index: number): number;
  /** Keys of a node's outputs; `keyOf` gives those of its inputs. */
  node(node: Node, keyOf: (id: ValueId) => number): number[];
}

/** Constants up to here are compared number by number: those that layers make of their configs are this small. */
const LARGEST_COMPARED_SIZE = 4096;
/** Keras 2 and 3 keep divisions by zero away by different numbers, all of which are too small to matter. */
const NEGLIGIBLE_EPSILON = 1e-11;

export function createValueKeys(): ValueKeys {
  const known = new Map<string, number>();
  const identities = new WeakMap<object, number>();
  let count = 0;
  /** Reductions that keep their axes, so that squeezing them is known for what it is. */
  const kept = new Map<number, { readonly axes: string; readonly dropped: string }>();
  const intern = (text: string): number => {
    const key = known.get(text) ?? ++count;
    known.set(text, key);
    return key;
  };
  const identityOf = (data: object): number => {
    const identity = identities.get(data) ?? ++count;
    identities.set(data, identity);
    return identity;
  };
  return {
    constant(tensor) {
      const start = `constant ${tensor.dtype} [${tensor.shape.join()}]`;
      const { encoding } = tensor;
      if (encoding.kind === 'dense' && encoding.storage === 'string') return intern(`${start} ${JSON.stringify(encoding.data)}`);
      if (sizeOf(tensor.shape) <= LARGEST_COMPARED_SIZE) return intern(`${start} ${decodeFloats(tensor).join()}`);
      return intern(`${start} #${identityOf(encoding.kind === 'dense' ? encoding.data : encoding.kind === 'affine' ? encoding.values : encoding.indices)}`);
    },
    input: (index) => intern(`input ${index}`),
    node(node, keyOf) {
      const inputs = node.inputs.map((id) => (id === null ? '-' : keyOf(id)));
      while (inputs.at(-1) === '-') inputs.pop();
      // What does nothing computes what it is given.
      if (node.op === 'identity') return [keyOf(node.inputs[0]!)];
      const reduction = node.op === 'squeeze' ? kept.get(keyOf(node.inputs[0]!)) : undefined;
      if (node.op === 'squeeze' && reduction?.axes === JSON.stringify(node.attributes.axes)) return [intern(reduction.dropped)];
      const text = `${node.op} ${attributesText(node.attributes)} (${inputs.join()})`;
      if ('keepDims' in node.attributes && node.attributes.keepDims) {
        const attributes = { ...node.attributes, keepDims: false } as Node['attributes'];
        kept.set(intern(`${text} 0`), { axes: JSON.stringify(node.attributes.axes), dropped: `${node.op} ${attributesText(attributes)} (${inputs.join()}) 0` });
      }
      return node.outputs.map((_, i) => intern(`${text} ${i}`));
    },
  };
}

/** A constant's or an input's key, or undefined for what a node makes. */
export function standingKey(keys: ValueKeys, value: Value): number | undefined {
  return value.tensor && keys.constant(value.tensor);
}

function attributesText(attributes: Node['attributes']): string {
  const entries = Object.entries(attributes)
    .filter(([, value]) => value !== 'none')
    .map(([name, value]): [string, unknown] => [name, name === 'epsilon' && (value as number) < NEGLIGIBLE_EPSILON ? 0 : value])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries);
}
