/**
 * Energy of one inference, estimated: every multiply-accumulate by what it is computed in, and every byte moved by the memory it is
 * moved from. An estimate with a range, never a measurement: the range is that of the constants (energy-profiles.ts).
 *
 *     E = Σ MACs · e(type) + Σ weight bytes · e(level) + Σ activation bytes read and written · e(level)
 *
 * Weights are read once, as what they are computed in: a palette, float16 or integers in a float layer are float32 by the time the
 * runtime computes, so that they make the file smaller and not the traffic. Those beyond what the near memory holds come from the far one
 * at each inference. A node's activations are near when they and its weights fit there together.
 */
import type { Graph, Value, ValueId } from '../ir/graph';
import { nbytesOf, sizeOf } from '../ir/tensor';
import { macsOf, forOneExample } from '../ops/cost';
import { energyProfiles, type EnergyProfile } from './energy-profiles';
import type { EnergyRange, EnergyReport } from './types';

/** What a node has a device do for one example. */
export interface NodeWork {
  readonly macs: number;
  readonly arithmetic: 'int8' | 'int16' | 'float32';
  readonly weightBytes: number;
  /** Read and written. */
  readonly activationBytes: number;
}

/** A constant shared by several nodes is counted with the first; unknown sizes count as 0. */
export function energyWork(graph: Graph): NodeWork[] {
  const single = forOneExample(graph);
  const macs = macsOf(single);
  const counted = new Set<ValueId>();
  return single.nodes.map((node) => {
    let weightBytes = 0;
    let activationBytes = 0;
    const ids = [...node.inputs, ...node.outputs].filter((id): id is ValueId => id !== null);
    const arithmetic = arithmeticOf(ids.map((id) => single.values[id]!));
    for (const id of ids) {
      const { tensor, shape, quantization, dtype } = single.values[id]!;
      if (tensor) {
        if (!counted.has(id)) weightBytes += arithmetic === 'float32' ? sizeOf(tensor.shape) * bytesOf(tensor.dtype) : nbytesOf(tensor);
        counted.add(id);
      } else if (shape && shape.every((size) => size >= 0)) activationBytes += sizeOf(shape) * bytesOf(quantization?.dtype ?? dtype);
    }
    return { macs: macs.get(node.id) ?? 0, arithmetic, weightBytes, activationBytes };
  });
}

/** By every profile, in their order. */
export function estimateEnergies(work: readonly NodeWork[]): EnergyReport[] {
  return energyProfiles.map((profile) => estimateEnergy(work, profile));
}

export function estimateEnergy(work: readonly NodeWork[], profile: EnergyProfile): EnergyReport {
  const { nearBytes, near, far, pjPerMac, weightsStayFar } = profile;
  const allWeights = sum(work, (node) => node.weightBytes);
  const farShare = weightsStayFar || allWeights === 0 ? 1 : Math.max(0, allWeights - nearBytes) / allWeights;
  const parts = work.map(({ macs, arithmetic, weightBytes, activationBytes }) => ({
    arithmetic: times(pjPerMac[arithmetic], macs),
    weights: plus(times(far.pjPerByte, weightBytes * farShare), times(near.pjPerByte, weightBytes * (1 - farShare))),
    // A microcontroller has no other memory to write to: what does not fit does not run.
    activations: times(weightsStayFar || activationBytes + weightBytes <= nearBytes ? near.pjPerByte : far.pjPerByte, activationBytes),
  }));
  const total = (name: 'arithmetic' | 'weights' | 'activations'): EnergyRange => times(parts.map((part) => part[name]).reduce(plus, nothing), JOULES_PER_PICOJOULE);
  const [arithmetic, weights, activations] = [total('arithmetic'), total('weights'), total('activations')];
  return { profile: profile.id, joules: plus(plus(arithmetic, weights), activations), arithmetic, weights, activations };
}

const JOULES_PER_PICOJOULE = 1e-12;

const nothing: EnergyRange = { value: 0, low: 0, high: 0 };

/** A node's integer activations make its arithmetic that of integers; weights alone do not. */
function arithmeticOf(values: readonly Value[]): NodeWork['arithmetic'] {
  const grid = values.findLast(({ tensor, quantization }) => !tensor && quantization)?.quantization;
  if (!grid) return 'float32';
  return grid.dtype === 'int16' ? 'int16' : 'int8';
}

function bytesOf(dtype: string): number {
  switch (dtype) {
    case 'int8':
    case 'uint8':
    case 'bool':
      return 1;
    case 'int16':
    case 'float16':
      return 2;
    default:
      return 4;
  }
}

function times({ value, low, high }: EnergyRange, factor: number): EnergyRange {
  return { value: value * factor, low: low * factor, high: high * factor };
}

function plus(a: EnergyRange, b: EnergyRange): EnergyRange {
  return { value: a.value + b.value, low: a.low + b.low, high: a.high + b.high };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
