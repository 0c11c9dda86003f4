/**
 * The options by which a pass trains the model again afterwards, shared by all passes that can: `{ ...own, ...recoverOptions }`.
 * `recover.ts` is the work.
 */
import { defineOptions } from '../options/options';

/** More than anyone waits for in a page; papers that prune for long use 100 and more. */
const MOST_EPOCHS = 100;

/** Shown only beside a number of epochs. */
const whenRecovering = {
  option: 'recoverEpochs',
  is: Array.from({ length: MOST_EPOCHS }, (_, i) => i + 1),
} as const;

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
    type: 'choice',
    default: 'none',
    label: 'Augmentation',
    help: 'Changes images a little each time they are shown, so that the model learns them less by heart.',
    choices: [
      { value: 'none', label: 'None' },
      { value: 'shift', label: 'Shift', help: 'Moves each image by a few pixels.' },
      { value: 'shift-flip', label: 'Shift and mirror', help: 'Also mirrors half of them left to right: not for text and digits.' },
    ],
    shownWhen: whenRecovering,
    group: 'recover',
  },
});
