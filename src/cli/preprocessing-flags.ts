/** How the data are fed to the model, when the flags say so. */
import type { Preprocessing, Recipe } from '../passes/pass';
import { parseRecipe } from '../passes/recipe';
import type { Flags, FlagName } from './parse-arguments';
import { UsageError } from './usage-error';

export const preprocessingFlags = ['scale', 'mean', 'std', 'size', 'channels'] as const satisfies readonly FlagName[];

/** The recipe with the preprocessing that the flags ask for, on top of `suggested`; the same recipe without such flags. */
export function withPreprocessing(recipe: Recipe, flags: Flags, suggested: Preprocessing): Recipe {
  if (!preprocessingFlags.some((name) => flags.text(name) !== undefined)) return recipe;
  const base = recipe.preprocessing ?? suggested;
  const size = flags.text('size');
  const preprocessing = {
    scale: flags.text('scale') === undefined ? base.scale : oneNumber(flags, 'scale'),
    mean: flags.text('mean') === undefined ? base.mean : numbers(flags, 'mean'),
    std: flags.text('std') === undefined ? base.std : numbers(flags, 'std'),
    size: size === undefined ? base.size : pictureSize(size),
    channels: flags.text('channels') ?? base.channels,
  };
  return parseRecipe({ ...recipe, preprocessing });
}

/** 224x224: height and width. */
function pictureSize(text: string): number[] {
  const found = /^(\d{1,4})x(\d{1,4})$/.exec(text);
  if (!found) throw new UsageError(`--size is "${text}"; HEIGHTxWIDTH such as 224x224 is allowed.`);
  return [Number(found[1]), Number(found[2])];
}

function oneNumber(flags: Flags, name: FlagName): number {
  const [value, ...more] = numbers(flags, name);
  if (more.length > 0) throw new UsageError(`--${name} is "${flags.text(name)}"; one number is allowed.`);
  return value!;
}

/** Numbers separated by commas; fractions such as 1/255 are allowed. */
function numbers(flags: Flags, name: FlagName): number[] {
  return flags.text(name)!.split(',').map((text) => {
    const [over, under = '1'] = text.split('/');
    const value = Number(over) / Number(under);
    if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${name} holds "${text}"; numbers such as 0.5 or 1/255 are allowed.`);
    return value;
  });
}
