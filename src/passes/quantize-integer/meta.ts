import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';
import { recoverOptions } from '../learning/meta';

const whenInteger = { option: 'activations', is: ['int8', 'int16'] } as const;

export const quantizeIntegerOptions = defineOptions({
  activations: {
    type: 'choice',
    default: 'int8',
    label: 'Activations',
    help: 'What flows between layers. Integers are what fast kernels, microcontrollers and accelerators compute with.',
    choices: [
      { value: 'int8', label: 'int8', help: 'Full integer: the smallest and fastest, on every runtime.' },
      { value: 'int16', label: 'int16', help: 'For models that 8 bits hurt; most runtimes compute it slowly.' },
      { value: 'float', label: 'float', help: 'Dynamic range: weights alone are stored as integers. A smaller file; in the browser not a faster one.' },
    ],
  },
  weights: {
    type: 'choice',
    default: '8',
    label: 'Weights',
    help: 'Four bits halve the file again where a kernel exists (convolution and dense layers); other layers keep eight.',
    choices: [
      { value: '8', label: '8 bits' },
      { value: '4', label: '4 bits' },
    ],
  },
  granularity: {
    type: 'choice',
    default: 'channel',
    label: 'One scale for',
    help: 'A scale for each output channel follows the weights more closely; one for each layer makes the file a little smaller.',
    choices: [
      { value: 'channel', label: 'Each output channel' },
      { value: 'tensor', label: 'Each layer', help: 'Equalize the layers first.' },
    ],
  },
  inputOutput: {
    type: 'choice',
    default: 'float',
    label: 'Input and output',
    help: 'What the program around the model hands over and gets. Floats fit everywhere; integers save a conversion on microcontrollers.',
    choices: [
      { value: 'float', label: 'float32' },
      { value: 'int8', label: 'int8' },
      { value: 'uint8', label: 'uint8', help: 'Bytes of pictures as they are.' },
      { value: 'int16', label: 'int16', help: 'With 16-bit activations only.' },
    ],
    shownWhen: whenInteger,
  },
  calibration: {
    type: 'choice',
    default: 'auto',
    label: 'Ranges',
    help: 'How the range of each activation is found on the examples. Cutting off rare large numbers gives the others finer steps.',
    choices: [
      { value: 'auto', label: 'Chosen for each', help: 'Least squared error, as what reads it feels it; nothing is cut from the model’s input and output.' },
      { value: 'min-max', label: 'Smallest to largest' },
      { value: 'moving-average', label: 'Moving average' },
      { value: 'percentile', label: 'Percentile 99.999' },
      { value: 'entropy', label: 'Entropy', help: 'Least Kullback–Leibler divergence.' },
      { value: 'mse', label: 'Least squared error' },
    ],
    shownWhen: whenInteger,
  },
  samples: {
    type: 'integer',
    default: 500,
    minimum: 0,
    maximum: 100_000,
    label: 'Examples',
    help: 'Examples to calibrate on; 0 takes all. A hundred are mostly enough.',
  },
  rounding: {
    type: 'choice',
    default: 'auto',
    label: 'Rounding',
    help: 'How weights go to their levels. Matters at 4 bits, hardly at 8.',
    choices: [
      { value: 'auto', label: 'Chosen by bits', help: 'GPTQ for 4-bit weights where examples are given; to the nearest for 8-bit weights beside float activations; else balanced.' },
      { value: 'nearest', label: 'To the nearest' },
      { value: 'balanced', label: 'Balanced', help: 'The errors of each output channel cancel.' },
      { value: 'gptq', label: 'GPTQ', help: 'Later weights make up for the errors of earlier ones, on the examples. Takes longer.' },
    ],
  },
  biasCorrection: {
    type: 'boolean',
    default: true,
    label: 'Correct biases',
    help: 'Takes the mean error that rounded weights make on the examples off each bias.',
  },
  smallTensors: {
    type: 'integer',
    default: 1024,
    minimum: 0,
    maximum: 1_000_000,
    label: 'Smallest kernel',
    help: 'Kernels with fewer weights stay float: they save nothing.',
    unit: 'weights',
    shownWhen: { option: 'activations', is: ['float'] },
  },
  ...recoverOptions,
});

export const quantizeIntegerMeta = {
  id: 'quantize-integer',
  label: 'Quantize to integers',
  summary: 'Makes the model compute with integers, calibrated on your data: a quarter of the size and faster on phones and microcontrollers. For TensorFlow Lite.',
  options: quantizeIntegerOptions,
  needs: 'calibration',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
