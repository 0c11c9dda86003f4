/** What Keras's files hold of a weight: float32, whatever it is stored in here. */
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { bitsOf, decodeFloats, decodeIntegers, nbytesOf, type Tensor } from '../../ir/tensor';
import type { Hdf5Numbers } from '../hdf5-write';
import type { ExportModel } from './export-model';

export function numbersOf(tensor: Tensor): Hdf5Numbers {
  return tensor.dtype === 'float32' ? decodeFloats(tensor) : decodeIntegers(tensor);
}

/** Says, once, which weights had to be expanded, and what is left of the saving. */
export function expansionNotes(model: ExportModel): Diagnostic[] {
  const tensors = [...new Set([...model.weights.values()].flat().map(({ tensor }) => tensor))];
  const expanded = tensors.filter((tensor) => tensor.dtype === 'float32' && kindOf(tensor) !== 'float32');
  if (expanded.length === 0) return [];
  const counts = new Map<string, number>();
  for (const tensor of expanded) counts.set(kindOf(tensor), (counts.get(kindOf(tensor)) ?? 0) + 1);
  const kinds = [...counts].map(([kind, count]) => `${count} ${count === 1 ? 'tensor' : 'tensors'} of ${kind}`).join(', ');
  const before = expanded.reduce((sum, tensor) => sum + nbytesOf(tensor), 0);
  const after = expanded.reduce((sum, tensor) => sum + decodeFloats(tensor).byteLength, 0);
  return [
    warning(
      `Keras stores float32: ${kinds} were written as float32, ${after} bytes in place of ${before}. The values are the same, and few different ones still compress well.`,
    ),
  ];
}

function kindOf({ encoding }: Tensor): string {
  switch (encoding.kind) {
    case 'dense':
      return encoding.storage;
    case 'affine':
      return `${encoding.signed ? 'int' : 'uint'}${encoding.bits}`;
    case 'palette':
      return `${bitsOf({ dtype: 'float32', shape: [], encoding })}-bit palettes`;
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

/** Regularizers and the like stay; what a Keras file cannot say of a layer is told. */
export function hardSigmoidNote(generation: 'keras2' | 'keras3', model: ExportModel): Diagnostic[] {
  const uses = JSON.stringify(model.topology.layers.map((layer) => [layer.config, layer.inner.map((inner) => inner.config)])).includes('"hard_sigmoid');
  if (!uses) return [];
  const [right, wrong] = generation === 'keras2' ? ['2', '3'] : ['3', '2'];
  return [info(`hard_sigmoid is another function in Keras ${wrong}: open this file with Keras ${right}.`)];
}
