import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';
import { recoverOptions } from '../learning/meta';

export const quantizeWeightsOptions = defineOptions({
  format: {
    type: 'choice',
    default: 'int8',
    label: 'Format',
    help: 'How each weight is stored.',
    choices: [
      { value: 'float16', label: 'float16', help: 'Halves the file; no measurable loss on most models.' },
      { value: 'uint16', label: 'uint16', help: 'Halves the file; TensorFlow.js stores it as it is.' },
      { value: 'int8', label: 'int8', help: 'A quarter of the file; symmetric, zero stays zero.' },
      { value: 'uint8', label: 'uint8', help: 'A quarter of the file; TensorFlow.js stores it as it is, per tensor.' },
      { value: 'int4', label: 'int4', help: 'An eighth; needs a scale for each channel or block to hold its accuracy.' },
    ],
  },
  granularity: {
    type: 'choice',
    default: 'tensor',
    label: 'One scale for',
    help: 'Finer scales follow the weights more closely. TensorFlow.js files hold one scale for each tensor only.',
    choices: [
      { value: 'tensor', label: 'Each tensor' },
      { value: 'channel', label: 'Each output channel' },
      { value: 'block', label: 'Each block of inputs' },
    ],
    shownWhen: { option: 'format', is: ['uint16', 'int8', 'uint8', 'int4'] },
  },
  blockSize: {
    type: 'integer',
    default: 32,
    minimum: 8,
    maximum: 256,
    scale: 'log2',
    label: 'Block size',
    help: 'Inputs that share a scale.',
    shownWhen: { option: 'granularity', is: ['block'] },
  },
  clipping: {
    type: 'choice',
    default: 'min-max',
    label: 'Range',
    help: 'Cutting off rare large weights gives the others finer steps.',
    choices: [
      { value: 'min-max', label: 'Smallest to largest' },
      { value: 'mse', label: 'Least squared error', help: 'OCTAV clipping; keeps the full range where that is better.' },
    ],
    shownWhen: { option: 'format', is: ['uint16', 'int8', 'uint8', 'int4'] },
  },
  rounding: {
    type: 'choice',
    default: 'balanced',
    label: 'Rounding',
    help: 'Rounding some weights the other way lets the errors of each output cancel. More accurate at few bits, at the same size.',
    choices: [
      { value: 'nearest', label: 'To the nearest' },
      { value: 'balanced', label: 'Balanced', help: 'The errors of each output channel cancel.' },
    ],
    shownWhen: { option: 'format', is: ['uint16', 'int8', 'uint8', 'int4'] },
  },
  scope: {
    type: 'choice',
    default: 'kernels',
    label: 'Weights',
    help: 'Biases and normalization weigh little and are sensitive; quantizing them too makes the smallest file.',
    choices: [
      { value: 'kernels', label: 'Kernels and tables' },
      { value: 'all', label: 'All, with biases' },
    ],
  },
  ...recoverOptions,
});

export const quantizeWeightsMeta = {
  id: 'quantize-weights',
  label: 'Quantize weights',
  summary: 'Stores weights in fewer bits. Shrinks the file; TensorFlow.js expands them to float32, so it does not run faster there.',
  options: quantizeWeightsOptions,
  needs: 'nothing',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
