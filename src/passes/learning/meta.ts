/** Options of training that passes share; `recover.ts` and `learn.ts` are the work. */
import { defineOptions } from '../../options/options';

/** More than anyone waits for in a page; papers that prune for long use 100 and more. */
const MOST_EPOCHS = 100;

/** Shown only beside a number of epochs. */
const whenRecovering = {
  option: 'recoverEpochs',
  is: Array.from({ length: MOST_EPOCHS }, (_, i) => i + 1),
} as const;

/** The same question in both records. */
const augmentation = {
  type: 'choice',
  default: 'none',
  label: 'Augmentation',
  help: 'Changes images a little each time they are shown, so that the model learns them less by heart.',
  choices: [
    { value: 'none', label: 'None' },
    { value: 'shift', label: 'Shift', help: 'Moves each image by a few pixels.' },
    { value: 'shift-flip', label: 'Shift and mirror', help: 'Also mirrors half of them left to right: not for text and digits.' },
  ],
} as const;

/** Shown only beside a teacher. */
const withTeacher = { option: 'teacher', is: [true] } as const;

/** Of a pass with the option `teacher`: how labels and teacher share the loss. */
export const teachingOptions = defineOptions({
  labelWeight: {
    type: 'number',
    default: 0.5,
    minimum: 0,
    maximum: 1,
    step: 0.05,
    scale: 'percent',
    label: 'Weight of labels',
    help: 'How much of what is learned comes from the labels; the rest comes from the teacher.',
    shownWhen: withTeacher,
  },
  temperature: {
    type: 'number',
    default: 1,
    minimum: 1,
    maximum: 20,
    step: 0.5,
    label: 'Temperature',
    help: 'Higher ones show more of what the teacher thinks of the wrong classes, and less of the right one.',
    shownWhen: withTeacher,
  },
});

/** By these a pass trains the model while or after it changes it: `{ ...own, ...recoverOptions }`. */
export const recoverOptions = defineOptions({
  recoverEpochs: {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: MOST_EPOCHS,
    label: 'Recover, epochs',
    help: 'Trains the model on your data while it is compressed, so many times through them; 0 leaves it untrained. Takes minutes.',
    unit: 'epochs',
    group: 'recover',
  },
  recoverRate: {
    type: 'number',
    default: 1e-3,
    minimum: 1e-6,
    maximum: 0.1,
    step: 1e-4,
    label: 'Learning rate',
    help: 'How far each step goes at first; it falls to zero along a cosine. Too high a rate undoes what the model knows.',
    shownWhen: whenRecovering,
    group: 'recover',
  },
  recoverTeacher: {
    type: 'boolean',
    default: true,
    label: 'Original as teacher',
    help: 'The model before compression teaches: its probabilities say more than labels, and data without labels serve too.',
    shownWhen: whenRecovering,
    group: 'recover',
  },
  recoverAugmentation: {
    ...augmentation,
    shownWhen: whenRecovering,
    group: 'recover',
  },
});

/** Of passes whose whole purpose is training: `fine-tune` and `distil`. */
export const trainingOptions = defineOptions({
  optimizer: {
    type: 'choice',
    default: 'adam',
    label: 'Optimizer',
    help: 'How gradients become steps. Adam needs little care; SGD with momentum wants a higher rate.',
    choices: [
      { value: 'adam', label: 'Adam' },
      { value: 'sgd', label: 'SGD with momentum' },
    ],
    group: 'training',
  },
  schedule: {
    type: 'choice',
    default: 'cosine',
    label: 'Schedule',
    help: 'How the learning rate falls.',
    choices: [
      { value: 'cosine', label: 'Cosine', help: 'To zero, slowly at both ends.' },
      { value: 'step', label: 'Steps', help: 'To a tenth at half, and again at three quarters.' },
      { value: 'constant', label: 'Constant' },
    ],
    group: 'training',
  },
  batch: {
    type: 'integer',
    default: 128,
    minimum: 1,
    maximum: 4096,
    scale: 'log2',
    label: 'Batch',
    help: 'Examples a step. Larger batches run faster on a GPU and take fewer steps an epoch.',
    unit: 'examples',
    group: 'training',
  },
  weightDecay: {
    type: 'number',
    default: 0,
    minimum: 0,
    maximum: 0.5,
    step: 1e-4,
    label: 'Weight decay',
    help: 'Pulls kernels towards zero, apart from the gradient (AdamW). A little helps long trainings.',
    group: 'training',
  },
  labelSmoothing: {
    type: 'number',
    default: 0,
    minimum: 0,
    maximum: 0.5,
    step: 0.01,
    label: 'Label smoothing',
    help: 'Share of each label that is spread over all classes. Probabilities become less sure of themselves.',
    group: 'training',
  },
  augmentation: {
    ...augmentation,
    group: 'training',
  },
  heldOut: {
    type: 'number',
    default: 0.05,
    minimum: 0,
    maximum: 0.5,
    step: 0.01,
    scale: 'percent',
    label: 'Held out',
    help: 'Share of the training data that is not learned from, to pick the best epoch; 0 takes the last.',
    group: 'training',
  },
  patience: {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 100,
    label: 'Patience',
    help: 'Ends after so many epochs without gain on the held-out examples; 0 never does.',
    unit: 'epochs',
    group: 'training',
  },
});
