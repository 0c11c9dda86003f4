/** The small .tflite files, what their graphs say of their borders, and what LiteRT's Python interpreter gave for them. */
import type { Quantization } from '../../../src/ir/quantization';
import type { Batch, Borders } from '../../../src/runtime/backend';

export interface Recorded {
  readonly inputs: readonly Detail[];
  readonly outputs: readonly Detail[];
  readonly runs: readonly { readonly inputs: readonly (readonly number[])[]; readonly outputs: readonly (readonly number[])[] }[];
}

interface Detail {
  readonly name: string;
  readonly dtype: 'float32' | 'int32' | 'uint8' | 'int8';
  readonly shape: readonly number[];
  readonly quantization: readonly [scale: number, zeroPoint: number];
}

/** As a reader gives them: the signature's names in the order of the file's graph. */
export function bordersOf(recorded: Recorded, inputNames: readonly string[], outputNames: readonly string[]): Borders {
  const named = (details: readonly Detail[], names: readonly string[]) =>
    details.map((detail, i) => {
      const id = `${names[i]!} value`;
      const quantization = gridOf(detail);
      return [id, { id, name: names[i]!, dtype: detail.dtype === 'int32' ? 'int32' : 'float32', shape: detail.shape, ...(quantization && { quantization }) }] as const;
    });
  const [inputs, outputs] = [named(recorded.inputs, inputNames), named(recorded.outputs, outputNames)];
  return {
    inputs: inputs.map(([id]) => id),
    outputs: outputs.map(([id]) => id),
    inputNames,
    outputNames,
    values: Object.fromEntries([...inputs, ...outputs]),
  };
}

/** Numbers as they stand in the file, as real ones: in float32, as everything here. */
export function batchOf({ dtype, shape, quantization: [scale, zeroPoint] }: Detail, numbers: readonly number[]): Batch {
  if (dtype === 'int32') return { shape, dtype: 'int32', data: Int32Array.from(numbers) };
  return { shape, dtype: 'float32', data: Float32Array.from(numbers, (number) => (dtype === 'float32' ? number : (number - zeroPoint) * scale)) };
}

function gridOf({ dtype, quantization: [scale, zeroPoint] }: Detail): Quantization | undefined {
  return dtype === 'uint8' ? { dtype, scale, zeroPoint } : undefined;
}
