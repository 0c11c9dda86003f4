/**
 * The integer grid of an activation: real = scale · (q − zeroPoint), one scale a tensor, as TensorFlow Lite's quantization
 * specification has it (https://ai.google.dev/edge/litert/models/quantization_spec).
 */
export interface Quantization {
  readonly dtype: 'int8' | 'uint8' | 'int16';
  /** A float32 number > 0. */
  readonly scale: number;
  /** Within the dtype's range; 0 for int16. */
  readonly zeroPoint: number;
}

/** The smallest and largest integer of a grid. */
export function integerRange(dtype: Quantization['dtype']): readonly [lowest: number, highest: number] {
  switch (dtype) {
    case 'int8':
      return [-128, 127];
    case 'uint8':
      return [0, 255];
    case 'int16':
      return [-32768, 32767];
    default: {
      const never: never = dtype;
      return never;
    }
  }
}

/** The real numbers that the grid reaches. */
export function realRange({ dtype, scale, zeroPoint }: Quantization): readonly [minimum: number, maximum: number] {
  const [lowest, highest] = integerRange(dtype);
  return [(lowest - zeroPoint) * scale, (highest - zeroPoint) * scale];
}

export function sameGrid(a: Quantization | undefined, b: Quantization | undefined): boolean {
  return a?.dtype === b?.dtype && a?.scale === b?.scale && a?.zeroPoint === b?.zeroPoint;
}
