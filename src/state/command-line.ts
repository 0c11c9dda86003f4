/** The same work as a line for the terminal. */
import type { FormatId } from '../formats/format';
import { defaultsOf, type OptionValue } from '../options/options';
import type { Recipe, RecipeStep } from '../passes/pass';
import { effectiveSteps, looksAtData } from '../passes/recipe';
import { recipeTrains } from '../passes/untrained';
import { metaOf } from './recipe-edit';

/** What a format is called on the command line, and how its output ends. */
const outputs: Readonly<Record<FormatId, { flag: string; ending: string }>> = {
  keras: { flag: 'keras', ending: '.keras' },
  'keras-h5': { flag: 'h5', ending: '.h5' },
  'tfjs-layers': { flag: 'tfjs-layers', ending: '' },
  'tfjs-graph': { flag: 'tfjs', ending: '' },
  tflite: { flag: 'tflite', ending: '.tflite' },
};

/** Passes as flags; a recipe with rules or preprocessing needs its file, and one that calibrates needs data. */
export function commandLine(modelName: string, recipe: Recipe, format: FormatId): string {
  const { flag, ending } = outputs[format];
  const steps = effectiveSteps(recipe);
  const needsFile = recipe.preprocessing !== undefined || steps.some((step) => step.rules.length > 0);
  const work = needsFile ? ['--recipe recipe.json'] : steps.map((step) => `--pass ${passFlag(step)}`);
  const data = [...(looksAtData(recipe) ? ['--data data.npz'] : []), ...(recipeTrains(recipe) ? ['--train train.npz'] : [])];
  const out = `${modelName.replace(/\.[^.]*$/, '')}-small${ending}`;
  return ['npm run whittle -- optimize', quoted(modelName), ...work, ...data, `--format ${flag}`, `--out ${quoted(out)}`].join(' ');
}

function passFlag(step: RecipeStep): string {
  const defaults: Readonly<Record<string, OptionValue>> = defaultsOf(metaOf(step).options);
  const changed = Object.entries(step.options).filter(([name, value]) => defaults[name] !== value);
  return changed.length === 0 ? step.pass : `${step.pass}:${changed.map(([name, value]) => `${name}=${value}`).join(',')}`;
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
