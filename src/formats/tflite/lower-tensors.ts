/** What each tensor of the file has become: a value that an operator made, a constant, or another tensor by another name. */
import { WhittleError } from '../../lib/errors';
import type { ValueId } from '../../ir/graph';
import type { Tensor } from '../../ir/tensor';
import type { FlatSubgraph, FlatTensor } from './flat-model';
import { sizeLimit } from './lower-budget';
import { constantTensor } from './lower-constant';
import type { GraphParts } from './lower-graph-parts';
import { nameMaker } from './lower-names';

export interface LoweredTensors {
  /** As the file declares it. `reader` names who asks, for the error. */
  flat(index: number, reader: string): FlatTensor;
  /** The value that a tensor has in the graph, from when it is made on; constants are decoded when first asked for. */
  name(index: number): string;
  value(index: number, reader: string): ValueId;
  constant(index: number): Tensor | undefined;
  /** Behind aliases, the tensor that stands in the file for what `index` holds. */
  resolve(index: number): number;
  setValue(index: number, id: ValueId): void;
  alias(index: number, source: number): void;
  /** A name that no tensor or value has. */
  fresh(stem: string): string;
}

export function createLoweredTensors({ tensors, inputs }: FlatSubgraph, parts: GraphParts, owner: string): LoweredTensors {
  const fresh = nameMaker();
  // Names become keys of records; `__proto__` and the like would not.
  const names = tensors.map(({ name }, index) => fresh(name === '' || name in {} ? `tensor_${index}` : name));
  const made = new Map<number, ValueId>();
  const constants = new Map<number, Tensor>();
  const aliases = new Map<number, number>();
  const spend = sizeLimit(tensors);
  const resolve = (index: number): number => aliases.get(index) ?? index;

  const flat = (index: number, reader: string): FlatTensor => {
    const tensor = tensors[index];
    if (tensor) return tensor;
    throw new WhittleError('FormatError', `In ${owner}, ${reader} names tensor ${index}, and there are ${tensors.length}. The file is damaged.`);
  };
  const constant = (named: number): Tensor | undefined => {
    const index = resolve(named);
    const known = constants.get(index);
    if (known || made.has(index)) return known;
    const tensor = tensors[index];
    if (!tensor || !(tensor.data || isEmpty(tensor, inputs.includes(index)))) return undefined;
    spend(tensor, names[index]!);
    const decoded = constantTensor(tensor, names[index]!);
    constants.set(index, decoded);
    return decoded;
  };
  return {
    flat,
    constant,
    resolve,
    fresh,
    name: (index) => names[index] ?? '',
    setValue: (index, id) => void made.set(index, id),
    alias: (index, source) => void aliases.set(index, resolve(source)),
    value(named, reader) {
      const index = resolve(named);
      const known = made.get(index);
      if (known !== undefined) return known;
      const tensor = constant(index);
      if (!tensor) throw missing(flat(index, reader), names[index]!, reader, owner);
      const name = names[index]!;
      const id = parts.addConstant(parts.values[name] ? fresh(name) : name, tensor);
      made.set(index, id);
      return id;
    },
  };
}

/** A constant without elements has no bytes. */
function isEmpty(tensor: FlatTensor, isInput: boolean): boolean {
  return tensor.shape?.includes(0) === true && !tensor.isVariable && !isInput;
}

function missing(tensor: FlatTensor, name: string, reader: string, owner: string): WhittleError {
  if (tensor.isVariable) {
    return new WhittleError(
      'UnsupportedError',
      `"${name}" of ${owner} keeps its numbers from one run to the next, and ${reader} reads it. Whittle compresses models without memory; export it without variables.`,
    );
  }
  return new WhittleError('FormatError', `In ${owner}, ${reader} reads "${name}", which nothing before it makes. The file is damaged.`);
}
