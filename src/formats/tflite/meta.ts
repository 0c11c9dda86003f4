/** What a TensorFlow Lite file is, as data. */
import { defineOptions } from '../../options/options';
import type { FormatMeta } from '../format';

/** More examples at a time than any device takes. */
const LARGEST_BATCH = 65536;

export const tfliteOptions = defineOptions({
  batch: {
    type: 'integer',
    label: 'Batch',
    help: 'How many examples the file takes at a time. −1 leaves it open, as the converter does: LiteRT in a browser then refuses the file. 0 means nothing and is refused.',
    default: 1,
    minimum: -1,
    maximum: LARGEST_BATCH,
  },
  container: {
    type: 'choice',
    label: 'Container',
    help: 'A file for phones, computers and browsers, or source code for a microcontroller that has no files.',
    default: 'tflite',
    choices: [
      { value: 'tflite', label: '.tflite file', help: 'One file that LiteRT and TensorFlow Lite open.' },
      { value: 'c-array', label: 'C array', help: 'The same bytes as a C source file with its header, to compile into firmware.' },
    ],
  },
});

export const tfliteMeta: FormatMeta<typeof tfliteOptions> = {
  id: 'tflite',
  label: 'TensorFlow Lite',
  summary: 'One .tflite file for phones, microcontrollers and LiteRT; holds integer activations, a scale for each channel, 4 bits and float16.',
  extensions: ['.tflite', '.lite'],
  writeOptions: tfliteOptions,
};

export type TfliteOptions = typeof tfliteOptions;
