/** Inputs of the whole model. */
import { WhittleError } from '../../lib/errors';
import type { DType } from '../../ops/signatures';
import { describe, malformed, refuse, show } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import type { LayerTopology } from './topology';

/** Ranks of inputs; Keras's layers go up to five. */
const LARGEST_RANK = 8;
const LARGEST_SIZE = 2 ** 31 - 1;

export function lowerInput(layer: LayerTopology | undefined, name: string, builder: GraphBuilder): Flow {
  if (!layer || layer.className !== 'InputLayer') {
    throw new WhittleError('FormatError', `The model's input "${name}" is no InputLayer.`);
  }
  const owner = { path: name, className: layer.className, config: layer.config };
  for (const key of ['sparse', 'ragged']) {
    if (layer.config[key] === true) return refuse(owner, `takes ${key} tensors; Whittle runs dense ones.`);
  }
  const given = layer.config.batch_shape;
  if (!Array.isArray(given) || given.length > LARGEST_RANK || !given.every(isSize)) {
    return malformed(owner, `has the shape ${show(given)}.`);
  }
  const shape = (given as (number | null)[]).map((size) => size ?? -1);
  return builder.input(name, inputType(String(layer.config.dtype ?? 'float32'), describe(owner)), shape);
}

function isSize(size: unknown): boolean {
  return size === null || (Number.isInteger(size) && (size as number) >= 0 && (size as number) <= LARGEST_SIZE);
}

function inputType(dtype: string, who: string): DType {
  if (/float/.test(dtype)) return 'float32';
  if (/^u?int\d+$/.test(dtype)) return 'int32';
  if (dtype === 'bool') return 'bool';
  throw new WhittleError('UnsupportedError', `${who} takes ${dtype}; Whittle runs models of numbers. Save the model that begins after its text layers.`);
}
