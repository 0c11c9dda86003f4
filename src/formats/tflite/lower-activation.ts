/** What flows: the type and the integer grid of a tensor that is no constant. */
import { WhittleError } from '../../lib/errors';
import { integerRange, type Quantization } from '../../ir/quantization';
import type { DType } from '../../ops/signatures';
import { gridTypes, nameOf } from './equivalents';
import type { FlatTensor } from './flat-model';

/** A quantized tensor is real numbers on a grid; whole numbers without a scale are int32, whatever their width. */
export function activationType(tensor: FlatTensor, name: string): DType {
  switch (tensor.type) {
    case 'FLOAT32':
      return 'float32';
    case 'BOOL':
      return 'bool';
    case 'INT32':
    case 'INT64':
    case 'UINT32':
    case 'UINT16':
      return 'int32';
    case 'INT8':
    case 'UINT8':
    case 'INT16':
      return tensor.quantization ? 'float32' : 'int32';
    default:
      throw new WhittleError(
        'UnsupportedError',
        `"${name}" has the type ${tensor.type}, which Whittle does not compute with. Numbers that flow may be FLOAT32, INT8, UINT8, INT16, INT32, INT64 and BOOL.`,
      );
  }
}

/** The grid of a quantized activation; undefined for all others. */
export function gridOf(tensor: FlatTensor, name: string): Quantization | undefined {
  const dtype = nameOf(gridTypes, tensor.type);
  if (!tensor.quantization || !dtype) return undefined;
  const { scale, zeroPoint } = tensor.quantization;
  if (scale.length !== 1) {
    throw new WhittleError('UnsupportedError', `"${name}" flows and has ${scale.length} scales; an activation has one.`);
  }
  const [step, zero] = [scale[0]!, zeroPoint[0] ?? 0];
  const [lowest, highest] = integerRange(dtype);
  if (!(step > 0) || !Number.isFinite(step) || zero < lowest || zero > highest) {
    throw new WhittleError('FormatError', `"${name}" has the scale ${step} and the zero point ${zero}, which are no ${dtype} grid.`);
  }
  if (dtype === 'int16' && zero !== 0) {
    throw new WhittleError('UnsupportedError', `"${name}" is int16 with the zero point ${zero}; the 16-bit kernels want 0.`);
  }
  return { dtype, scale: step, zeroPoint: zero };
}
