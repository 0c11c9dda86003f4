/**
 * Clean-up, in four rewrites that leave every output as it was. Where numbers are put on a grid, nothing is bridged or merged:
 *
 * 1. identities (dropout, noise, a cast to the same type, a reshape or transpose that changes nothing) are bridged;
 * 2. whatever depends on constants alone is computed and stored, unless that would store much more than it saves;
 * 3. an activation moves into the layer before it, when nothing else reads that layer;
 * 4. nodes that no output depends on go.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node } from '../../ir/graph';
import { sameGrid } from '../../ir/quantization';
import { consumersOf, onlyConsumer, producersOf } from '../../ir/walk';
import { info, type Diagnostic } from '../../lib/diagnostics';
import type { FusedActivation } from '../../ops/signatures';
import type { Pass } from '../pass';
import { foldConstants } from './fold-constants';
import type { cleanUpOptions } from './meta';
import { cleanUpMeta } from './meta';

export const cleanUp: Pass<typeof cleanUpOptions> = {
  meta: cleanUpMeta,
  async run(graph, options, context) {
    const diagnostics: Diagnostic[] = [];
    const step = (before: Graph, after: Graph, what: (count: number) => string): Graph => {
      const count = before.nodes.length - after.nodes.length;
      if (count > 0) diagnostics.push(info(what(count)));
      return after;
    };
    let current = graph;
    if (options.removeIdentities) current = step(current, bridgeIdentities(current), (n) => `Nodes that did nothing removed: ${n}.`);
    if (options.foldConstants) current = step(current, await foldConstants(current, context), (n) => `Constant nodes computed now: ${n}.`);
    if (options.fuseActivations) current = step(current, fuseActivations(current), (n) => `Activations moved into the layer before them: ${n}.`);
    current = step(current, removeDeadNodes(current), (n) => `Nodes that no output needs removed: ${n}.`);
    return { graph: current, modified: current !== graph, diagnostics };
  },
};

function bridgeIdentities(graph: Graph): Graph {
  const editor = editGraph(graph);
  const bridged = new Map<string, string>();
  for (const node of graph.nodes) {
    if (!isIdentity(graph, node)) continue;
    const from = node.outputs[0]!;
    const source = node.inputs[0]!;
    const to = bridged.get(source) ?? source;
    // An output that is an input or a constant itself needs a node to be its origin.
    const value = graph.values[to]!;
    if (!sameGrid(graph.values[from]!.quantization, value.quantization)) continue;
    if (graph.outputs.includes(from) && (value.tensor || graph.inputs.includes(to) || graph.outputs.includes(to))) continue;
    bridged.set(from, to);
    editor.replaceNode(node.id, []);
    editor.redirect(from, to);
  }
  return editor.done();
}

function isIdentity(graph: Graph, node: Node): boolean {
  const input = node.inputs[0] ? graph.values[node.inputs[0]] : undefined;
  switch (node.op) {
    case 'identity':
    case 'quantize':
      return true;
    case 'cast':
      return input?.dtype === node.attributes.dtype;
    case 'transpose':
      return node.attributes.permutation.every((axis, i) => axis === i);
    case 'concat':
      return node.inputs.length === 1 && node.attributes.activation === 'none';
    case 'add-n':
      return node.inputs.length === 1;
    case 'reshape': {
      const shape = node.attributes.shape;
      if (!shape || !input?.shape || shape.length !== input.shape.length) return false;
      // At most one dimension may be free on either side, and it must be the same one.
      return shape.every((dimension, i) => dimension === input.shape![i]) && shape.filter((d) => d < 0).length <= 1;
    }
    default:
      return false;
  }
}

function fuseActivations(graph: Graph): Graph {
  const editor = editGraph(graph);
  const producers = producersOf(graph);
  const consumers = consumersOf(graph);
  for (const node of graph.nodes) {
    const activation = fusedActivationOf(node);
    const before = node.inputs[0] ? producers.get(node.inputs[0]) : undefined;
    if (!activation || !before || !('activation' in before.attributes) || before.outputs.length !== 1) continue;
    if (graph.values[before.outputs[0]!]!.quantization) continue;
    if (!isFusable(before) || !onlyConsumer(graph, consumers, before.outputs[0]!)) continue;
    // They are those of the numbers before the activation: its value takes them over.
    const statistics = graph.values[before.outputs[0]!]!.statistics;
    if (statistics) editor.setValue({ ...graph.values[node.outputs[0]!]!, statistics });
    editor.replaceNode(before.id, [{ ...before, outputs: node.outputs, attributes: { ...before.attributes, activation } } as Node]);
    editor.replaceNode(node.id, []);
  }
  return editor.done();
}

/** Recurrent layers have an `activation` of another meaning. */
function isFusable(node: Node): boolean {
  const isRecurrent = 'returnSequences' in node.attributes;
  return !isRecurrent && (node.attributes as { activation?: string }).activation === 'none';
}

function fusedActivationOf(node: Node): FusedActivation | undefined {
  switch (node.op) {
    case 'relu':
    case 'relu6':
    case 'relu-n1-to-1':
    case 'sigmoid':
    case 'tanh':
      return node.op;
    case 'elu':
      return node.attributes.alpha === 1 ? 'elu' : undefined;
    case 'clip':
      if (node.attributes.minimum === 0 && node.attributes.maximum === 6) return 'relu6';
      return node.attributes.minimum === -1 && node.attributes.maximum === 1 ? 'relu-n1-to-1' : undefined;
    default:
      return undefined;
  }
}

function removeDeadNodes(graph: Graph): Graph {
  const needed = new Set(graph.outputs);
  const editor = editGraph(graph);
  for (const node of graph.nodes.toReversed()) {
    if (node.outputs.some((id) => needed.has(id))) for (const id of node.inputs) needed.add(id!);
    else editor.replaceNode(node.id, []);
  }
  return editor.done();
}
