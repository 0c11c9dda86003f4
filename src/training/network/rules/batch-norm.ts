/**
 * Batch normalization. In training with the statistics of the batch (Ioffe and Szegedy 2015, arXiv 1502.03167), biased, as Keras
 * takes them; the moving ones follow: moving · momentum + batch · (1 − momentum). With x̂ = (x − μ) · r, r = 1 / √(σ² + ε), M cells a channel:
 *
 *     dβ = Σ dy        dγ = Σ dy · x̂        dx = γ r (dy − dβ / M − x̂ dγ / M)
 *
 * and dx is one number a channel times dy, plus one times x, plus one. Where the moving mean is frozen, or in inference, statistics stand still.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerSource } from '../../../ir/graph';
import type { Rule, RuleMaker } from '../rule';
import { throughActivation } from '../activation-gradients';
import { channelMeans, channelSums, channelVariances, likeChannelsOf, limitsOf, scaleAndShift } from '../channels';
import * as wasm from '../../wasm/kernels';
import { generic } from './generic';
import { add, clone, mul, neg, rsqrt, sub, transpose } from '@tensorflow/tfjs-core';

/** Keras's default, and what files without layers are trained with. */
const DEFAULT_MOMENTUM = 0.99;

export const batchNorm: RuleMaker<'batch-norm'> = (node, context) => {
  const { epsilon, axis, activation } = node.attributes;
  if (!context.inputs[1]?.tensor || !context.inputs[2]?.tensor) return generic(node, context);
  const momentum = momentumOf(node.layer);
  const movingMean = context.state(1);
  const movingVariance = context.state(2);
  const still = movingMean.frozen || movingVariance.frozen;

  const statistics = (x: Tensor): [Tensor, Tensor] => {
    const mean = channelMeans(x);
    const variance = channelVariances(x, mean);
    movingMean.write(follow(movingMean.read(), mean, momentum));
    movingVariance.write(follow(movingVariance.read(), variance, momentum));
    return [mean, variance];
  };
  const limits = limitsOf(activation);
  // One pass each over what comes in and what went in; the gate of an activation that only limits is worked out from the latter.
  const fused = context.backend === 'wasm' && limits !== null;
  const rule: Rule = {
    reads: { inputs: [0, 3], outputs: activation !== 'none' && !fused },
    forward([x, , , gamma, beta], { training, keep }) {
      const fresh = training && !still;
      const [mean, variance] = fresh ? statistics(x!) : [movingMean.read(), movingVariance.read()];
      const inverse = rsqrt(add(variance, epsilon));
      const scale = gamma ? mul(inverse, gamma) : inverse;
      const shift = beta ? sub(beta, mul(mean, scale)) : neg(mul(mean, scale));
      if (training) {
        // The moving tensors are replaced by the next step; the kept ones are this step's.
        keep(fresh ? mean : clone(mean));
        keep(inverse);
        keep(shift);
      }
      return scaleAndShift(x!, scale, shift, activation);
    },
    backward([dy], { inputs: [x, , , gamma], outputs: [y], kept: [mean, inverse, shift], wanted }) {
      const scale = gamma ? mul(inverse!, gamma) : inverse!;
      const gated = fused ? dy! : throughActivation(dy!, y!, activation);
      const [sums, products] = fused ? wasm.normSums(dy!, x!, mean!, scale, shift!, ...limits) : normSums(gated, x!, mean!);
      const moment = mul(inverse!, products);
      const byInput = (): Tensor => {
        const share = still ? 0 : x!.shape.at(-1)! / x!.size;
        const slope = mul(mul(mul(scale, inverse!), moment), -share);
        const rest = neg(add(mul(mul(scale, sums), share), mul(slope, mean!)));
        if (fused) return wasm.normInputGradient(dy!, x!, scale, shift!, slope, rest, ...limits);
        if (still) return scaleAndShift(gated, scale, null);
        return add(scaleAndShift(gated, scale, rest), scaleAndShift(x!, slope, null));
      };
      return [wanted[0] ? byInput() : null, null, null, wanted[3] ? moment : null, wanted[4] ? sums : null];
    },
  };
  return onLastAxis(rule, axis);
};

/** Σ dy and Σ dy · (x − μ) of every channel. */
function normSums(dy: Tensor, x: Tensor, mean: Tensor): [Tensor, Tensor] {
  return [channelSums(dy), channelSums(mul(dy, sub(x, likeChannelsOf(x, mean))))];
}

export function momentumOf(layer: LayerSource | undefined): number {
  const momentum = layer?.config['momentum'];
  return typeof momentum === 'number' && momentum >= 0 && momentum <= 1 ? momentum : DEFAULT_MOMENTUM;
}

function follow(moving: Tensor, batch: Tensor, momentum: number): Tensor {
  return add(mul(moving, momentum), mul(batch, 1 - momentum));
}

/** Runs a rule for the last axis on another one. */
function onLastAxis(rule: Rule, axis: number): Rule {
  const swapOf = (x: Tensor): number[] | null => {
    const [channel, last] = [axis < 0 ? axis + x.rank : axis, x.rank - 1];
    return channel === last ? null : Array.from({ length: x.rank }, (_, i) => (i === channel ? last : i === last ? channel : i));
  };
  const swapped = (x: Tensor): Tensor => {
    const swap = swapOf(x);
    return swap ? transpose(x, swap) : x;
  };
  return {
    reads: rule.reads,
    forward: ([x, ...rest], run) => swapped(rule.forward([swapped(x!), ...rest], run) as Tensor),
    backward([dy], run) {
      const [x, ...rest] = run.inputs;
      const outputs = rule.reads.outputs ? run.outputs.map(swapped) : run.outputs;
      const [dx, ...others] = rule.backward([swapped(dy!)], { ...run, inputs: [swapped(x!), ...rest], outputs });
      return [dx ? swapped(dx) : null, ...others];
    },
  };
}
