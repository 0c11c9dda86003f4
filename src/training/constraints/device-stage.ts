/**
 * Stages of `chain.ts` on tensors, for backends where numbers should not leave the device. Masks and assignments are chosen in memory
 * (`sync` brings them over); what is between two choices is here. Half floats are rounded where numbers are stored and evaluated only.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Stage } from './stage';
import { unreachable } from '../../lib/errors';
import { Affine } from './affine';
import { deviceAffine } from './device-affine';
import { Halves } from './halves';
import { KeepZeros } from './keep-zeros';
import { Mask } from './mask';
import { Palette } from './palette';
import { gather, keep, mul, reshape, tensor, unsortedSegmentSum } from '@tensorflow/tfjs-core';

export interface DeviceStage {
  /** `learned`: the stage's own numbers, flat; null where it has none. Within the caller's scope. */
  forward(from: Tensor, learned: Tensor | null): Tensor;
  backward(from: Tensor, gradient: Tensor, learned: Tensor | null): { readonly from: Tensor; readonly learned: Tensor | null };
  /** Takes over the choices of the stage in memory. */
  sync(): void;
  dispose(): void;
}

export function deviceStage(stage: Stage, shape: readonly number[]): DeviceStage {
  if (stage instanceof KeepZeros || stage instanceof Mask) return deviceMask(() => stage.kept, shape);
  if (stage instanceof Palette) return devicePalette(stage, shape);
  if (stage instanceof Affine) return deviceAffine(stage);
  if (stage instanceof Halves) return { forward: (from) => from.clone(), backward: (_from, gradient) => ({ from: gradient, learned: null }), sync() {}, dispose() {} };
  return unreachable(stage as never, 'stage');
}

/** What `makes` gives, replaced at every `sync`. */
function held(makes: () => Tensor): { now(): Tensor; sync(): void; dispose(): void } {
  let present = keep(makes());
  return {
    now: () => present,
    sync() {
      present.dispose();
      present = keep(makes());
    },
    dispose: () => present.dispose(),
  };
}

function deviceMask(kept: () => Uint8Array, shape: readonly number[]): DeviceStage {
  const mask = held(() => tensor(Float32Array.from(kept()), [...shape], 'float32'));
  return {
    forward: (from) => mul(from, mask.now()),
    backward: (_from, gradient) => ({ from: mul(gradient, mask.now()), learned: null }),
    sync: () => mask.sync(),
    dispose: () => mask.dispose(),
  };
}

function devicePalette(stage: Palette, shape: readonly number[]): DeviceStage {
  const positions = held(() => tensor(stage.positions(), [stage.positions().length], 'int32'));
  const movable = held(() => tensor(stage.movable(), [stage.learned.numbers.length], 'float32'));
  return {
    forward: (_from, codebook) => reshape(gather(codebook!, positions.now() as never), [...shape]),
    backward: (_from, gradient, codebook) => ({
      from: gradient,
      learned: mul(unsortedSegmentSum(reshape(gradient, [gradient.size]), positions.now() as never, codebook!.size), movable.now()),
    }),
    sync: () => positions.sync(),
    dispose() {
      positions.dispose();
      movable.dispose();
    },
  };
}
