/**
 * Folds per-channel arithmetic into the linear layer beside it. With a = gamma / √(variance + epsilon):
 *
 * 1. linear → batch norm:  a(Wx + b − mean) + beta = (aW)x + a(b − mean) + beta
 * 2. linear → mul, div, add or sub by a constant per channel, the form that TF.js graphs have: the same with one term
 * 3. batch norm → dense, or conv without padding:  W(ax + c) + b = (W·a)x + Σ W·c + b  (c = beta − a·mean)
 *
 * Left alone, with the reason: a kernel or an intermediate value that something else also reads, an activation in between, and
 * case 3 with padding (the border is padded with zeros after the batch norm, which a bias cannot imitate).
 *
 * A folded batch norm leaves what it knew of its output's numbers on that value (`statistics`, before the activation that
 * may now be fused): mean beta and deviation |gamma|; later terms of case 2 scale and move them.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node } from '../../ir/graph';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { consumersOf, isConstant, onlyConsumer, producersOf } from '../../ir/walk';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import type { FusedActivation } from '../../ops/signatures';
import type { Pass, PassResult } from '../pass';
import { layerNameOf } from '../weight-sites';
import { channelAffineOf, type ChannelAffine } from './channel-affine';
import { statisticsAfter } from './statistics';
import { isLinear, scaleInputs, scaleOutputs, type LinearNode, type LinearWeights } from './linear';
import type { foldBatchNormOptions } from './meta';
import { foldBatchNormMeta } from './meta';

export const foldBatchNorm: Pass<typeof foldBatchNormOptions> = {
  meta: foldBatchNormMeta,
  async run(graph, _options, context): Promise<PassResult> {
    const reasons = new Map<string, Diagnostic>();
    let current = graph;
    // Each round folds at least one node away, so this ends.
    for (;;) {
      throwIfCancelled(context.signal);
      const next = foldOnce(current, reasons);
      if (next === current) break;
      current = next;
    }
    return { graph: current, modified: current !== graph, diagnostics: [...reasons.values()] };
  },
};

function foldOnce(graph: Graph, reasons: Map<string, Diagnostic>): Graph {
  const producers = producersOf(graph);
  const consumers = consumersOf(graph);
  const editor = editGraph(graph);
  const touched = new Set<string>();
  const note = (node: Node, message: string): void => void reasons.set(node.id, info(message, layerNameOf(node)));

  const rewrite = (linear: LinearNode, other: Node, weights: LinearWeights, activation: FusedActivation): void => {
    touched.add(linear.id).add(other.id);
    reasons.delete(other.id);
    const kernelId = linear.inputs[1]!;
    const encoding = graph.values[kernelId]!.tensor!.encoding;
    if (encoding.kind !== 'dense' || encoding.storage !== 'float32') {
      reasons.set(`${linear.id}:kernel`, warning('Its quantized kernel became float32; quantize after folding.', layerNameOf(linear)));
    }
    editor.setTensor(kernelId, float32Tensor(graph.values[kernelId]!.tensor!.shape, weights.kernel));
    const biasId = linear.inputs[2] ?? null;
    const bias = float32Tensor([weights.bias.length], weights.bias);
    const ownBias = biasId !== null && consumers.get(biasId)!.length === 1;
    if (ownBias) editor.setTensor(biasId, bias);
    const newBiasId = ownBias ? biasId : editor.addConstant(`${layerNameOf(linear)}/bias`, bias);
    const isBefore = other.outputs[0] === linear.inputs[0];
    const merged = {
      ...linear,
      inputs: [isBefore ? other.inputs[0]! : linear.inputs[0]!, kernelId, newBiasId, ...linear.inputs.slice(3)],
      outputs: isBefore ? linear.outputs : other.outputs,
      attributes: { ...linear.attributes, activation },
    } as Node;
    editor.replaceNode(linear.id, [merged]);
    editor.replaceNode(other.id, []);
  };

  for (const node of graph.nodes) {
    if (touched.has(node.id)) continue;
    const affine = channelAffineOf(graph, node);
    if (!affine) continue;
    const before = producers.get(affine.input);
    if (before && isLinear(before) && !touched.has(before.id)) {
      const reason = whyNotAfter(graph, consumers, before, affine);
      if (!reason) {
        rewrite(before, node, scaleOutputs(weightsOf(graph, before), before, affine), affine.activation);
        const statistics = statisticsAfter(graph, node, affine);
        if (statistics) editor.setValue({ ...graph.values[node.outputs[0]!]!, statistics });
        continue;
      }
      note(node, reason);
    }
    const after = onlyConsumer(graph, consumers, node.outputs[0]!);
    if (node.op === 'batch-norm' && after && isLinear(after) && !touched.has(after.id) && after.inputs[0] === node.outputs[0]) {
      const reason = whyNotBefore(graph, consumers, after, affine);
      if (!reason) rewrite(after, node, scaleInputs(weightsOf(graph, after), after, affine), after.attributes.activation);
      else note(node, reason);
    }
  }
  return editor.done();
}

function weightsOf(graph: Graph, linear: LinearNode): LinearWeights & { shape: readonly number[] } {
  const kernel = graph.values[linear.inputs[1]!]!.tensor!;
  const biasId = linear.inputs[2];
  const shape = kernel.shape;
  const kernelFloats = decodeFloats(kernel);
  const bias = biasId ? decodeFloats(graph.values[biasId]!.tensor!) : undefined;
  return { kernel: kernelFloats, bias: bias ?? new Float32Array(0), shape };
}

function whyNotAfter(graph: Graph, consumers: ReturnType<typeof consumersOf>, linear: LinearNode, affine: ChannelAffine): string | undefined {
  const common = whyNotEither(graph, consumers, linear);
  if (common) return common;
  if (linear.attributes.activation !== 'none') return `Not folded into ${layerNameOf(linear)}: its activation stands between them.`;
  if (!onlyConsumer(graph, consumers, affine.input)) return `Not folded into ${layerNameOf(linear)}: its output is also used elsewhere.`;
  return undefined;
}

function whyNotBefore(graph: Graph, consumers: ReturnType<typeof consumersOf>, linear: LinearNode, affine: ChannelAffine): string | undefined {
  const common = whyNotEither(graph, consumers, linear);
  if (common) return common;
  if (affine.activation !== 'none') return `Not folded into ${layerNameOf(linear)}: an activation stands between them.`;
  if (linear.op.startsWith('transpose')) return `Not folded into ${layerNameOf(linear)}: the borders of a transposed convolution see fewer inputs.`;
  if ('groups' in linear.attributes && linear.attributes.groups !== 1) return `Not folded into ${layerNameOf(linear)}: it is a grouped convolution.`;
  const hasPadding = 'padding' in linear.attributes && linear.attributes.padding !== 'valid';
  if (hasPadding && affine.offset.some((value) => value !== 0)) {
    return `Not folded into ${layerNameOf(linear)}: its zero padding is added after the batch norm.`;
  }
  return undefined;
}

function whyNotEither(graph: Graph, consumers: ReturnType<typeof consumersOf>, linear: LinearNode): string | undefined {
  const kernel = linear.inputs[1]!;
  if (!isConstant(graph, kernel)) return `Not folded into ${layerNameOf(linear)}: its kernel is computed at run time.`;
  if (consumers.get(kernel)!.length > 1) return `Not folded into ${layerNameOf(linear)}: another layer shares its kernel.`;
  const bias = linear.inputs[2] ?? null;
  if (bias !== null && !isConstant(graph, bias)) return `Not folded into ${layerNameOf(linear)}: its bias is computed at run time.`;
  return undefined;
}
