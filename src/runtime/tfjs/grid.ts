/** Emulation of integer activations: after a node computed a value with a grid, its numbers are rounded onto it (`rounding.ts` says how). */
import type { Node, Value } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import type { TfjsBackendId } from '../backend';
import type { Rounding } from '../rounding';
import type { Execute, Tensor } from './kernel';
import { sameGrid } from '../../ir/quantization';
import { roundingOf, roundNumbers } from '../rounding';
import { kernelRounding } from './kernel-rounding';
import { clipByValue, clone, mul, round, tensor as upload, tidy } from '@tensorflow/tfjs-core';

type Rounder = (x: Tensor) => Tensor;

/** The node's work with its results rounded onto the grids of its outputs; the work itself where there is nothing to round. */
export function ontoGrids(execute: Execute, node: Node, inputs: readonly (Value | null)[], outputs: readonly Value[], backend: TfjsBackendId): Execute {
  const rounders = outputs.map((output) => rounderOf(node, inputs, output, backend));
  if (rounders.every((rounder) => rounder === null)) return execute;
  const roundAll = (made: readonly Tensor[], given: readonly Tensor[]): Tensor[] => {
    const rounded = made.map((tensor, i) => rounders[i]?.(tensor) ?? tensor);
    for (const tensor of new Set(made)) if (!given.includes(tensor) && !rounded.includes(tensor)) tensor.dispose();
    return rounded;
  };
  return (...given) => {
    const made = execute(...given);
    if (made instanceof Promise) return made.then((tensors) => roundAll(tensors, given));
    return Array.isArray(made) ? roundAll(made, given) : roundAll([made], given)[0]!;
  };
}

function rounderOf(node: Node, inputs: readonly (Value | null)[], output: Value, backend: TfjsBackendId): Rounder | null {
  const { quantization: grid } = output;
  if (!grid || staysOnGrid(node, inputs, output)) return null;
  return kernelRounding(node, inputs[0], grid) ?? ((x) => roundToGrid(x, grid, backend));
}

/** A new tensor; `x` stays. */
function roundToGrid(x: Tensor, grid: Quantization, backend: TfjsBackendId): Tensor {
  if (x.size === 0) return clone(x);
  const rounding = roundingOf(grid);
  if (backend === 'cpu') return roundOnCpu(x, rounding);
  return tidy(() => mul(round(clipByValue(mul(x, rounding.inverse), rounding.low, rounding.high)), rounding.scale));
}

/** One loop instead of four. */
function roundOnCpu(x: Tensor, rounding: Rounding): Tensor {
  // The very array that the backend computes on: read, not written.
  const from = x.dataSync<'float32'>();
  const to = new Float32Array(from.length);
  roundNumbers(from, to, rounding);
  return upload(to, x.shape, 'float32');
}

/** The node only picks among numbers that stand on the same grid already. */
export function staysOnGrid(node: Node, inputs: readonly (Value | null)[], output: Value): boolean {
  const { activation } = node.attributes as { readonly activation?: string };
  if (!picks(node) || (activation !== undefined && activation !== 'none' && activation !== 'relu')) return false;
  const floats = inputs.filter((input) => input?.dtype === 'float32');
  return floats.length > 0 && floats.every((input) => !input!.tensor && sameGrid(input!.quantization, output.quantization));
}

/** Zero, which padding and relu put in, stands on every grid. */
function picks(node: Node): boolean {
  switch (node.op) {
    case 'identity':
    case 'quantize':
    case 'reshape':
    case 'flatten':
    case 'squeeze':
    case 'expand-dims':
    case 'transpose':
    case 'concat':
    case 'stack':
    case 'unstack':
    case 'split':
    case 'slice':
    case 'strided-slice':
    case 'gather':
    case 'gather-nd':
    case 'tile':
    case 'broadcast-to':
    case 'reverse':
    case 'depth-to-space':
    case 'space-to-depth':
    case 'space-to-batch':
    case 'batch-to-space':
    case 'resize-nearest':
    case 'max-pool':
    case 'max':
    case 'min':
    case 'maximum':
    case 'minimum':
    case 'relu':
      return true;
    case 'pad':
      return node.attributes.value === 0;
    default:
      return false;
  }
}
