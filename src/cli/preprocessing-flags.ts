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
    scale: flags.text('scale') === undefined ? base.scale : numbers(flags, 'scale')[0],
    mean: flags.text('mean') === undefined ? base.mean : numbers(flags, 'mean'),
    std: flags.text('std') === undefined ? base.std : numbers(flags, 'std'),
    size: size === undefined ? base.size : size.split('x').map(Number),
    channels: flags.text('channels') ?? base.channels,
  };
  return parseRecipe({ ...recipe, preprocessing });
}

/** Numbers separated by commas; fractions such as 1/255 are allowed. */
function numbers(flags: Flags, name: FlagName): number[] {
  return flags.text(name)!.split(',').map((text) => {
    const [over, under = '1'] = text.split('/');
    const value = Number(over) / Number(under);
    if (!Number.isFinite(value)) throw new UsageError(`--${name} holds "${text}"; numbers such as 0.5 or 1/255 are allowed.`);
    return value;
  });
}
