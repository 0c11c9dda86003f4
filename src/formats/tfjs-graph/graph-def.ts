/**
 * A GraphDef as protobuf-JSON, the `modelTopology` of a TensorFlow.js graph model, checked so far that the rest of the
 * reader can walk it: names are unique, inputs are text that names a node. Attributes stay raw; `attributes.ts` decodes.
 */
import { WhittleError } from '../../lib/errors';

/** Nodes of the largest public graph models stay below 10,000; a list past this is no network. */
const LARGEST_NODE_COUNT = 500_000;

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** Data edges only, in order. Control edges (`^name`) order side effects, of which an inference graph has none. */
  readonly inputs: readonly InputRef[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The `index`-th output of a node. */
export interface InputRef {
  readonly node: string;
  readonly index: number;
}

export interface GraphDef {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  /** Names of the library's functions: control flow calls them. */
  readonly functions: readonly string[];
}

export function parseGraphDef(topology: unknown, owner: string): GraphDef {
  if (!isRecord(topology) || !Array.isArray(topology.node)) throw broken(owner, 'has no list of nodes in modelTopology');
  if (topology.node.length > LARGEST_NODE_COUNT) throw broken(owner, `lists ${topology.node.length} nodes`);
  const nodes = new Map<string, NodeDef>();
  for (const entry of topology.node as unknown[]) {
    const node = parseNode(entry, owner);
    if (nodes.has(node.name)) throw broken(owner, `lists the node "${node.name}" twice`);
    nodes.set(node.name, node);
  }
  for (const node of nodes.values()) {
    for (const input of node.inputs) {
      if (!nodes.has(input.node)) throw broken(owner, `has a node "${node.name}" that reads "${input.node}", which does not exist`);
    }
  }
  return { nodes, functions: functionNames(topology.library) };
}

/** `name`, `name:2`, or in functions `name:output:0`. */
export function parseInputRef(text: string): InputRef {
  const parts = text.split(':');
  const last = parts.length > 1 ? Number(parts.at(-1)) : 0;
  return { node: parts[0]!, index: Number.isInteger(last) && last >= 0 ? last : 0 };
}

export function broken(owner: string, what: string): WhittleError {
  return new WhittleError('FormatError', `${owner} ${what}. Export the model again.`);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseNode(entry: unknown, owner: string): NodeDef {
  if (!isRecord(entry) || typeof entry.name !== 'string' || typeof entry.op !== 'string' || entry.name === '') {
    throw broken(owner, 'lists a node without a name or an op');
  }
  const inputs = entry.input ?? [];
  if (!Array.isArray(inputs) || !inputs.every((input): input is string => typeof input === 'string')) {
    throw broken(owner, `has a node "${entry.name}" whose inputs are no list of names`);
  }
  const attributes = entry.attr ?? {};
  if (!isRecord(attributes)) throw broken(owner, `has a node "${entry.name}" whose attributes are no record`);
  const data = inputs.filter((input) => !input.startsWith('^')).map(parseInputRef);
  return { name: entry.name, op: entry.op, inputs: data, attributes };
}

function functionNames(library: unknown): string[] {
  if (!isRecord(library) || !Array.isArray(library.function)) return [];
  return library.function.map((entry: unknown) => {
    const signature = isRecord(entry) ? entry.signature : undefined;
    return isRecord(signature) && typeof signature.name === 'string' ? signature.name : '?';
  });
}
