/** Which arrays of a file are the examples and which the labels, by the names that people give them. */
import { dataError } from './data-error';

/** In order of preference: data that the model was not trained on first. Names are compared without case. */
const PAIRS: readonly (readonly [examples: string, labels: string])[] = [
  ['x_test', 'y_test'],
  ['test_x', 'test_y'],
  ['test_images', 'test_labels'],
  ['x_val', 'y_val'],
  ['val_images', 'val_labels'],
  ['x', 'y'],
  ['images', 'labels'],
  ['data', 'labels'],
  ['data', 'target'],
  ['features', 'labels'],
  ['inputs', 'targets'],
  ['x_train', 'y_train'],
  ['train_images', 'train_labels'],
  ['arr_0', 'arr_1'],
];
/** Names of the classes, as texts in the order of their numbers. */
const CLASS_NAMES = ['class_names', 'classes', 'label_names', 'target_names'];

/** What a file may set aside for training, beside examples that are none of it. */
const TRAINING_PAIRS = PAIRS.filter(([examples]) => examples.includes('train'));

export interface SelectedArrays {
  readonly examples: string;
  readonly labels: string | null;
  readonly classNames: string | null;
  readonly training: { readonly examples: string; readonly labels: string | null } | null;
}

export function selectArrays(fileName: string, names: readonly string[]): SelectedArrays {
  const find = (wanted: string): string | undefined => names.find((name) => name.toLowerCase() === wanted);
  const classNames = CLASS_NAMES.map(find).find((name) => name !== undefined) ?? null;
  const trainingBeside = (chosen: string): SelectedArrays['training'] => {
    for (const pair of TRAINING_PAIRS) {
      const [examples, labels] = pair.map(find);
      if (examples && examples !== chosen) return { examples, labels: labels ?? null };
    }
    return null;
  };
  for (const [examples, labels] of PAIRS) {
    const found = [find(examples), find(labels)];
    if (found[0] && found[1]) return { examples: found[0], labels: found[1], classNames, training: trainingBeside(found[0]) };
  }
  const rest = names.filter((name) => name !== classNames);
  const lone = PAIRS.map(([examples]) => find(examples)).find((name) => name !== undefined) ?? (rest.length === 1 ? rest[0] : undefined);
  if (lone !== undefined) return { examples: lone, labels: null, classNames, training: trainingBeside(lone) };
  const held = names.length === 0 ? 'no arrays' : `the arrays ${names.slice(0, 12).join(', ')}`;
  throw dataError(fileName, `it holds ${held}; which of them are the examples cannot be told. Name them x_test and y_test, or x and y.`);
}
