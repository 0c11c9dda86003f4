/** Non-maximum suppression. It is sequential, so every backend does it on the host; the functions are TensorFlow.js's. */
import type { Kernel, Tensor } from './kernel';
import { readNumbers } from './kernel';
import { kernel_impls as hostKernels, scalar, tensor1d } from '@tensorflow/tfjs-core';

export const nonMaxSuppression: Kernel<'non-max-suppression'> = (node, context) => {
  const fixed = [2, 3, 4, 5].map((index) => (context.inputs[index] ? context.numbers(index) : null));
  return async (boxes: Tensor, scores: Tensor, ...parameters: (Tensor | null)[]) => {
    const read = async (index: number) => {
      const known = fixed[index] ?? (parameters[index] ? await readNumbers(parameters[index]) : null);
      return known?.[0];
    };
    const [most, overlap, threshold, sigma] = [await read(0), await read(1), await read(2), await read(3)];
    const corners = (await boxes.data()) as Float32Array;
    const confidences = (await scores.data()) as Float32Array;
    const count = Math.min(most!, boxes.shape[0]!);
    switch (node.attributes.outputs) {
      case 'indices': {
        const { selectedIndices } = hostKernels.nonMaxSuppressionV3Impl(corners, confidences, count, overlap!, threshold!);
        return [tensor1d(selectedIndices, 'int32')];
      }
      case 'indices-count': {
        const { selectedIndices, validOutputs } = hostKernels.nonMaxSuppressionV4Impl(corners, confidences, count, overlap!, threshold!, false);
        return [tensor1d(selectedIndices, 'int32'), scalar(validOutputs!, 'int32')];
      }
      case 'indices-scores': {
        const { selectedIndices, selectedScores } = hostKernels.nonMaxSuppressionV5Impl(corners, confidences, count, overlap!, threshold!, sigma ?? 0);
        return [tensor1d(selectedIndices, 'int32'), tensor1d(selectedScores!, 'float32'), scalar(selectedIndices.length, 'int32')];
      }
      default: {
        const never: never = node.attributes.outputs;
        return never;
      }
    }
  };
};
