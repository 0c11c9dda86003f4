/**
 * Weights that TensorFlow.js cannot hold, kept exactly: the codes are stored a byte each, and the graph puts the weights
 * together when it runs.
 *   one scale for each channel or block:  weight = (codes − zero points) · scales
 *   a palette:                            weight = gather(codebook, codes)
 * The last node bears the weight's name, and `read-codes.ts` finds its way back by the same structure.
 */
import { float32Tensor, type AffineEncoding, type PaletteEncoding, type Shape, type Tensor } from '../../ir/tensor';
import { floatsToHalves } from '../../lib/half';
import { integer, type AttributeJson } from './attribute-json';
import type { Ref } from './lowering';

/** Below this many weights the codebook or the scales weigh more than they save. */
const FEWEST_WEIGHTS = 256;

/** The number is the code. */
const ONE_TO_ONE = { scale: Float32Array.of(1), zeroPoint: Float64Array.of(0), axis: null, blockSize: null } as const;

export interface CodeEmitter {
  constant(name: string, tensor: Tensor): Ref;
  node(op: string, name: string, inputs: readonly Ref[], attributes?: Readonly<Record<string, AttributeJson>>): Ref;
  integers(values: readonly number[] | number): Ref;
}

/** null: the tensor is not of this kind, too small, or its blocks do not divide it. */
export function emitCodes(name: string, tensor: Tensor, emit: CodeEmitter): Ref | null {
  const { encoding } = tensor;
  const size = tensor.shape.reduce((product, length) => product * length, 1);
  if (tensor.dtype !== 'float32' || size < FEWEST_WEIGHTS || encoding.kind === 'dense') return null;
  if (encoding.kind === 'palette') return gathered(name, tensor, encoding, emit);
  return encoding.axis === null ? null : scaled(name, tensor, encoding, emit);
}

function scaled(name: string, tensor: Tensor, encoding: AffineEncoding, emit: CodeEmitter): Ref | null {
  const axis = encoding.axis!;
  const { shape } = tensor;
  const { blockSize } = encoding;
  if (blockSize !== null && shape[axis]! % blockSize !== 0) return null;
  // Each block has a dimension of its own, so that its scale broadcasts over it.
  const codeShape = blockSize === null ? shape : shape.toSpliced(axis, 1, shape[axis]! / blockSize, blockSize);
  const scaleShape = blockSize === null ? shape.slice(axis).map((length, i) => (i === 0 ? length : 1)) : codeShape.with(axis + 1, 1);
  const codes: Tensor = {
    dtype: 'float32',
    shape: codeShape,
    encoding: { ...encoding, ...ONE_TO_ONE },
  };
  let value = emit.constant(`${name}/codes`, codes);
  if (encoding.zeroPoint.some((zero) => zero !== 0)) {
    const zeros = emit.constant(`${name}/zeros`, float32Tensor(scaleShape, Float32Array.from(encoding.zeroPoint)));
    value = emit.node('Sub', `${name}/shifted`, [value, zeros]);
  }
  const scales = emit.constant(`${name}/scales`, float32Tensor(scaleShape, encoding.scale));
  if (blockSize === null) return emit.node('Mul', name, [value, scales]);
  const blocks = emit.node('Mul', `${name}/blocks`, [value, scales]);
  return emit.node('Reshape', name, [blocks, emit.integers(shape)]);
}

function gathered(name: string, tensor: Tensor, encoding: PaletteEncoding, emit: CodeEmitter): Ref | null {
  // A codebook for each channel would need codes of more than a byte.
  if (encoding.axis !== null) return null;
  const codes = emit.constant(`${name}/codes`, {
    dtype: 'int32',
    shape: tensor.shape,
    encoding: { kind: 'affine', bits: 8, signed: false, values: encoding.indices, ...ONE_TO_ONE },
  });
  const codebook = emit.constant(`${name}/codebook`, codebookTensor(encoding));
  return emit.node('GatherV2', name, [codebook, codes, emit.integers(0)], { batch_dims: integer(0) });
}

/** Half floats stay half floats. */
function codebookTensor({ codebook, codebookStorage }: PaletteEncoding): Tensor {
  const shape: Shape = [codebook.length];
  if (codebookStorage === 'float32') return float32Tensor(shape, codebook);
  return { dtype: 'float32', shape, encoding: { kind: 'dense', storage: 'float16', data: floatsToHalves(codebook) } };
}
