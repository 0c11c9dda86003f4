import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';
import { teachingOptions, trainingOptions } from '../learning/meta';

const withWidth = { option: 'student', is: ['width', 'slim'] } as const;
const withTeacher = { option: 'teacher', is: [true] } as const;

export const distilOptions = defineOptions({
  student: {
    type: 'choice',
    default: 'slim',
    label: 'Student',
    help: 'The smaller model that learns from this one and takes its place.',
    choices: [
      { value: 'slim', label: 'Its strongest channels', help: 'Fewer channels, with the weights that they have: learns fastest.' },
      { value: 'width', label: 'The same, narrower', help: 'Fewer channels, with fresh random weights.' },
      { value: 'depth', label: 'The same, fewer blocks', help: 'Leaves out repeated blocks; the others keep their weights.' },
      { value: 'file', label: 'A model of yours', help: 'One that you add, with the same inputs and outputs.' },
    ],
  },
  width: {
    type: 'number',
    default: 0.5,
    minimum: 0.05,
    maximum: 1,
    step: 0.05,
    scale: 'percent',
    label: 'Width',
    help: 'Share of the channels that each inner layer keeps. Half the width is about a quarter of the weights.',
    shownWhen: withWidth,
  },
  multipleOf: {
    type: 'integer',
    default: 1,
    minimum: 1,
    maximum: 64,
    scale: 'log2',
    label: 'Multiple of',
    help: 'Widths are rounded to multiples of this. Eight suits most hardware.',
    unit: 'channels',
    shownWhen: withWidth,
  },
  depth: {
    type: 'number',
    default: 0.5,
    minimum: 0,
    maximum: 0.95,
    step: 0.05,
    scale: 'percent',
    label: 'Depth',
    help: 'Share of the repeated blocks that stay.',
    shownWhen: { option: 'student', is: ['depth'] },
  },
  epochs: {
    type: 'integer',
    default: 10,
    minimum: 1,
    maximum: 200,
    label: 'Epochs',
    help: 'How many times the student goes through the training data. Fresh students need ten and more.',
    unit: 'epochs',
  },
  learningRate: {
    type: 'number',
    default: 3e-3,
    minimum: 1e-6,
    maximum: 0.5,
    step: 1e-4,
    label: 'Learning rate',
    help: 'How far each step goes at first. Small students take higher rates than large models.',
  },
  teacher: {
    type: 'boolean',
    default: true,
    label: 'Learn from the teacher',
    help: 'Off, the student learns from the labels alone: the control that shows what the teacher is worth.',
  },
  ...teachingOptions,
  hints: {
    type: 'boolean',
    default: false,
    label: 'Match inner layers',
    help: 'The student’s inner values learn to follow the teacher’s where both see as many places. Slower; helps deep models.',
    shownWhen: withTeacher,
  },
  dropout: {
    type: 'boolean',
    default: false,
    label: 'Dropout',
    help: 'As the model’s own dropout layers say. A small student has nothing to spare, and learns better without.',
    group: 'training',
  },
  ...trainingOptions,
});

export const distilMeta = {
  id: 'distil',
  label: 'Distil',
  summary: 'Trains a smaller model with this one as teacher, and puts it in its place. Smaller and faster on every runtime; takes minutes and more.',
  options: distilOptions,
  needs: 'labels',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
