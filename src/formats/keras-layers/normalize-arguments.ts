/** The arguments of layer calls, out of the two ways in which Keras 2 and Keras 3 write `inbound_nodes`. */
import { WhittleError } from '../../lib/errors';
import { isObject } from '../json';
import { ArrayArgument, type Call, ELLIPSIS, SliceArgument, TensorRef } from './topology';

/** Reads one entry of `inbound_nodes`. Node indices stay the file's; `where` names the layer in errors. */
export function normalizeCall(entry: unknown, where: string): Call {
  if (isObject(entry) && (Array.isArray(entry.args) || isObject(entry.kwargs))) {
    const args = Array.isArray(entry.args) ? entry.args : [];
    const kwargs = isObject(entry.kwargs) ? entry.kwargs : {};
    return {
      args: args.map((argument) => fromKeras3(argument, where)),
      kwargs: Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, fromKeras3(value, where)])),
    };
  }
  return fromKeras2Call(entry, where);
}

/** A reference as it stands in `input_layers` and `output_layers`: `["name", node, tensor]`. */
export function refOf(value: unknown): TensorRef | null {
  if (!Array.isArray(value) || (value.length !== 3 && value.length !== 4)) return null;
  const [layer, node, index] = value as unknown[];
  if (typeof layer !== 'string' || !isIndex(node) || !isIndex(index)) return null;
  return new TensorRef(layer, node, index);
}

/** The leaves of a structure in Keras's order: lists in order, dictionaries by sorted key. */
export function flattenArguments(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(flattenArguments);
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.keys(value).sort().flatMap((key) => flattenArguments(value[key]));
  }
  return [value];
}

/** Every tensor among the arguments of a call. */
export function refsIn(call: Call): TensorRef[] {
  return flattenArguments([call.args, call.kwargs]).filter((leaf) => leaf instanceof TensorRef);
}

function fromKeras3(value: unknown, where: string): unknown {
  if (Array.isArray(value)) return value.map((item) => fromKeras3(item, where));
  if (!isObject(value)) return value;
  const config = isObject(value.config) ? value.config : {};
  switch (value.class_name) {
    case '__keras_tensor__': {
      const ref = refOf(config.keras_history);
      if (!ref) throw new WhittleError('FormatError', `${where} is called on a tensor without a history.`);
      return ref;
    }
    case '__tensor__':
    case '__numpy__':
      return new ArrayArgument(config.value, typeof config.dtype === 'string' ? config.dtype : 'float32');
    case '__slice__':
      return new SliceArgument(fromKeras3(config.start, where), fromKeras3(config.stop, where), fromKeras3(config.step, where));
    case '__ellipsis__':
      return ELLIPSIS;
    case '__tuple__':
      return fromKeras3(value.items ?? [], where);
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromKeras3(item, where)]));
  }
}

/**
 * Keras 2: `[["name", node, tensor, {kwargs}], …]`; one such entry for layers that keep their argument's structure; a
 * dictionary of them. The keyword arguments stand in every tensor of the first argument.
 */
function fromKeras2Call(entry: unknown, where: string): Call {
  let kwargs: unknown = {};
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value) && isNodeData(value)) {
      if (isObject(value[3])) kwargs = value[3];
      return nodeDataOf(value);
    }
    if (Array.isArray(value)) return value.map(convert);
    if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]));
    return value;
  };
  if (!Array.isArray(entry) && !isObject(entry)) {
    throw new WhittleError('FormatError', `${where} has an inbound node that is ${JSON.stringify(entry)?.slice(0, 60)}.`);
  }
  const first = convert(entry);
  const single = Array.isArray(first) && first.length === 1 ? first[0] : first;
  return { args: [single], kwargs: keywordsOf(kwargs) };
}

function keywordsOf(kwargs: unknown): Record<string, unknown> {
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return isNodeData(value) ? nodeDataOf(value) : value.map(convert);
    if (!isObject(value)) return value;
    const keys = Object.keys(value);
    if (keys.length === 3 && 'start' in value && 'stop' in value && 'step' in value) {
      return new SliceArgument(convert(value.start), convert(value.stop), convert(value.step));
    }
    if (value.class_name === '__ellipsis__' || value.type === '__ellipsis__') return ELLIPSIS;
    return Object.fromEntries(keys.map((key) => [key, convert(value[key])]));
  };
  return isObject(kwargs) ? (convert(kwargs) as Record<string, unknown>) : {};
}

function isNodeData(value: readonly unknown[]): boolean {
  return (value.length === 3 || value.length === 4) && typeof value[0] === 'string' && typeof value[1] === 'number';
}

function nodeDataOf(value: readonly unknown[]): unknown {
  if (value[0] === '_CONSTANT_VALUE') return Array.isArray(value[2]) ? new ArrayArgument(value[2], 'float32') : value[2];
  return refOf(value);
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
