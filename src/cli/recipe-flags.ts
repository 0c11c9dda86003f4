/** The recipe that --recipe, --pass and --keep ask for. */
import { readFile } from 'node:fs/promises';
import { WhittleError } from '../lib/errors';
import { findPassMeta, passCatalog } from '../passes/catalog';
import type { Recipe } from '../passes/pass';
import { makeStep, parseRecipe } from '../passes/recipe';
import { parseSpecification, type Flags } from './parse-arguments';
import { UsageError } from './usage-error';

export async function recipeFromFlags(flags: Flags): Promise<Recipe> {
  const path = flags.text('recipe');
  const passes = flags.list('pass');
  if (path !== undefined && passes.length > 0) throw new UsageError('Give either --recipe or --pass, not both.');
  if (path === undefined && passes.length === 0) throw new UsageError('A recipe is needed: --recipe FILE, or --pass ID once or more.');
  const recipe = path === undefined ? recipeOfPasses(passes) : await recipeOfFile(path);
  const kept = flags.list('keep').map((match) => ({ match, keep: true }));
  return parseRecipe({ ...recipe, steps: recipe.steps.map((step) => ({ ...step, rules: [...step.rules, ...kept] })) });
}

function recipeOfPasses(passes: readonly string[]): Recipe {
  const steps = passes.map((text) => {
    const { id, options } = parseSpecification(text, (name) => {
      const meta = findPassMeta(name);
      if (!meta) throw new UsageError(`There is no pass "${name}". There are: ${passCatalog.map((pass) => pass.id).join(', ')}.`);
      return meta.options;
    });
    return makeStep(id, options);
  });
  return { version: 1, steps };
}

export async function recipeOfFile(path: string): Promise<Recipe> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new WhittleError('DataError', `The recipe ${path} cannot be read. Give the path of a recipe's JSON file.`);
  });
  try {
    return parseRecipe(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new WhittleError('DataError', `The recipe ${path} is no JSON: ${error.message}.`);
    throw error;
  }
}
