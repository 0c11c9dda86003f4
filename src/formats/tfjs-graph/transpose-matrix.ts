/** A constant matrix turned over, in its own encoding: no number is decoded and rounded again. */
import { WhittleError } from '../../lib/errors';
import { float32Tensor, type Encoding, type Tensor } from '../../ir/tensor';
import { decodeFloats } from '../../ir/tensor';

/** [rows, columns] → [columns, rows]. */
export function transposeMatrix(tensor: Tensor): Tensor {
  const [rows, columns] = tensor.shape;
  if (tensor.shape.length !== 2 || rows === undefined || columns === undefined) {
    throw new WhittleError('GraphError', `A matrix is needed, not the shape [${tensor.shape.join(', ')}].`);
  }
  const shape = [columns, rows];
  const { encoding } = tensor;
  const flip = <A extends { readonly length: number; slice(): A; [index: number]: number }>(data: A): A => {
    const out = data.slice();
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
    return out;
  };
  const otherAxis = (axis: number | null): number | null => (axis === null ? null : 1 - axis);
  const made = (flipped: Encoding): Tensor => ({ dtype: tensor.dtype, shape, encoding: flipped });
  switch (encoding.kind) {
    case 'dense':
      if (encoding.storage === 'string') throw new WhittleError('GraphError', 'A string tensor is no matrix of numbers.');
      return made({ ...encoding, data: flip(encoding.data as never) } as Encoding);
    case 'affine':
      // Blocks would have to be laid out anew; no TensorFlow.js file has them.
      if (encoding.blockSize !== null) return float32Tensor(shape, flip(decodeFloats(tensor)));
      return made({ ...encoding, values: flip(encoding.values as never), axis: otherAxis(encoding.axis) });
    case 'palette':
      return made({ ...encoding, indices: flip(encoding.indices), axis: otherAxis(encoding.axis) });
    default: {
      const never: never = encoding;
      return never;
    }
  }
}
