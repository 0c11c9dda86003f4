/**
 * Which nodes compute with integers:
 *
 * 1. a node can when it has a kernel, nothing keeps it, and its constants are finite and no masks;
 * 2. what only moves numbers or reads them (reshape, pools, argmax) does when a neighbour does: quantizing for it alone gains nothing;
 * 3. a group of neighbours without a linear layer does not when it touches a float node: it would cost two conversions and gain nothing.
 */
import type { Graph, Node } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import { floatActivations, floatConstants, integerRules, whyNoIntegerKernel, type ActivationBits } from '../../ops/integer-rules';

export interface Assignment {
  /** Ids of the integer nodes. */
  readonly integer: ReadonlySet<string>;
  /** Nodes with real numbers that stay float, and why. */
  readonly floats: readonly { readonly node: Node; readonly reason: string }[];
}

export function assignNodes(graph: Graph, bits: ActivationBits, reasonToKeep: (node: Node) => string | undefined): Assignment {
  const reasons = new Map<string, string>();
  const candidates: Node[] = [];
  for (const node of graph.nodes) {
    const { inputs, outputs } = floatActivations(graph, node);
    if (inputs.length + outputs.length === 0) continue;
    const reason = reasonToKeep(node) ?? whyNoIntegerKernel(graph, node, bits) ?? constantProblem(graph, node) ?? typeProblem(graph, node);
    if (reason) reasons.set(node.id, reason);
    else candidates.push(node);
  }
  const neighbours = neighboursOf(graph);
  const integer = flood(candidates, neighbours);
  for (const group of groupsOf(integer, candidates, neighbours)) {
    const touchesFloat = group.some((node) => neighbours.get(node.id)!.some((other) => !integer.has(other.id)));
    if (!touchesFloat || group.some(isHeavy)) continue;
    for (const node of group) integer.delete(node.id);
  }
  const floats = graph.nodes.flatMap((node) => {
    const { inputs, outputs } = floatActivations(graph, node);
    if (integer.has(node.id) || inputs.length + outputs.length === 0) return [];
    return [{ node, reason: reasons.get(node.id) ?? 'it stands among float layers' }];
  });
  return { integer, floats };
}

function isHeavy(node: Node): boolean {
  return integerRules[node.op].kind === 'linear' || node.op === 'batch-matmul';
}

function moves(node: Node): boolean {
  const { kind } = integerRules[node.op];
  return kind === 'same' || kind === 'reader';
}

function flood(candidates: readonly Node[], neighbours: ReadonlyMap<string, readonly Node[]>): Set<string> {
  const possible = new Set(candidates.map((node) => node.id));
  const firm = candidates.filter((node) => !moves(node));
  const integer = new Set(firm.map((node) => node.id));
  const pending = [...firm];
  for (let node = pending.pop(); node; node = pending.pop()) {
    for (const other of neighbours.get(node.id)!) {
      if (integer.has(other.id) || !possible.has(other.id)) continue;
      integer.add(other.id);
      pending.push(other);
    }
  }
  return integer;
}

/** Integer nodes that hang together. */
function groupsOf(integer: ReadonlySet<string>, candidates: readonly Node[], neighbours: ReadonlyMap<string, readonly Node[]>): Node[][] {
  const seen = new Set<string>();
  const groups: Node[][] = [];
  for (const start of candidates) {
    if (!integer.has(start.id) || seen.has(start.id)) continue;
    const group: Node[] = [];
    const pending = [start];
    seen.add(start.id);
    for (let node = pending.pop(); node; node = pending.pop()) {
      group.push(node);
      for (const other of neighbours.get(node.id)!) {
        if (!integer.has(other.id) || seen.has(other.id)) continue;
        seen.add(other.id);
        pending.push(other);
      }
    }
    groups.push(group);
  }
  return groups;
}

/** Nodes that share a float activation: makers and readers of it. */
function neighboursOf(graph: Graph): Map<string, Node[]> {
  const users = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const { inputs, outputs } = floatActivations(graph, node);
    for (const id of new Set([...inputs, ...outputs])) users.set(id, [...(users.get(id) ?? []), node]);
  }
  const neighbours = new Map<string, Node[]>(graph.nodes.map((node) => [node.id, []]));
  for (const nodes of users.values()) {
    for (const node of nodes) neighbours.get(node.id)!.push(...nodes.filter((other) => other !== node));
  }
  return neighbours;
}

/** Largest magnitude of numbers that carry information: attention adds −1e9 to what it masks. */
export const MASK_MAGNITUDE = 1e6;

/** Minima and maxima clamp their constants. */
function constantProblem(graph: Graph, node: Node): string | undefined {
  if (node.op === 'maximum' || node.op === 'minimum') return undefined;
  for (const { id } of floatConstants(graph, node)) {
    const { name, tensor } = graph.values[id]!;
    let largest = 0;
    for (const number of decodeFloats(tensor!)) {
      if (!Number.isFinite(number)) return `its constant ${name} is not finite`;
      largest = Math.max(largest, Math.abs(number));
    }
    if (largest >= MASK_MAGNITUDE) return `its constant ${name} is a mask's`;
  }
  return undefined;
}

/** Kernels that move and compare take whole numbers too; only real numbers stand on grids. */
function typeProblem(graph: Graph, node: Node): string | undefined {
  const { kind } = integerRules[node.op];
  const { inputs, outputs } = floatActivations(graph, node);
  if (kind === 'reader') return inputs.length > 0 ? undefined : 'it reads no real numbers';
  return outputs.length > 0 && inputs.length + floatConstants(graph, node).length > 0 ? undefined : 'it converts between types';
}
