/** Reading, completing and naming recipes: what a person saved, linked or typed becomes a checked Recipe. */
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import { nearestName, parseOptions, type OptionValue } from '../options/options';
import { findPassMeta, passCatalog } from './catalog';
import type { Preprocessing, Recipe, RecipeStep, Rule } from './pass';

export const emptyRecipe: Recipe = { version: 1, steps: [] };

/** More steps or rules than anyone writes by hand: a guard against files made to hang the page. */
const LARGEST_STEP_COUNT = 64;
const LARGEST_RULE_COUNT = 4096;

/** Checks a recipe of unknown origin and completes every option. Throws an OptionError that names the step. */
export function parseRecipe(value: unknown): Recipe {
  const recipe = record(value, 'The recipe');
  if (recipe.version !== 1) {
    throw new WhittleError('OptionError', `The recipe has version ${JSON.stringify(recipe.version)}; this Whittle reads version 1.`);
  }
  const steps = list(recipe.steps, 'The recipe’s steps', LARGEST_STEP_COUNT).map(parseStep);
  return recipe.preprocessing === undefined || recipe.preprocessing === null
    ? { version: 1, steps }
    : { version: 1, steps, preprocessing: parsePreprocessing(recipe.preprocessing) };
}

/** The steps that are switched on, with every option: two recipes that do the same have the same effective steps. */
export function effectiveSteps(recipe: Recipe): readonly RecipeStep[] {
  return recipe.steps
    .filter((step) => step.enabled !== false)
    .map(({ pass, options, rules }) => ({ pass, options: completeOptions(pass, options), rules }));
}

/** Key of what a recipe does to the graph; preprocessing does not change the graph. */
export function recipeKey(recipe: Recipe): string {
  return hashOf(effectiveSteps(recipe));
}

/** Whether any step calibrates or learns: its result then hangs on the data too. */
export function looksAtData(recipe: Recipe): boolean {
  return effectiveSteps(recipe).some(stepLooksAtData);
}

/** A pass that needs no data looks at them all the same when it trains. */
export function stepLooksAtData({ pass, options }: Pick<RecipeStep, 'pass' | 'options'>): boolean {
  return findPassMeta(pass)!.needs !== 'nothing' || stepTrains({ pass, options });
}

/** Whether a step trains the model. */
export function stepTrains({ pass, options }: Pick<RecipeStep, 'pass' | 'options'>): boolean {
  return pass === 'fine-tune' || pass === 'distil' || Number(options.recoverEpochs ?? 0) > 0;
}

/** A step of a pass with the pass's defaults and the given options. */
export function makeStep(pass: string, options: Readonly<Record<string, unknown>> = {}, rules: readonly Rule[] = []): RecipeStep {
  return parseStep({ pass, options, rules }, 0);
}

function completeOptions(pass: string, options: Readonly<Record<string, unknown>>): Readonly<Record<string, OptionValue>> {
  const meta = findPassMeta(pass);
  if (!meta) {
    const near = nearestName(pass, passCatalog.map((other) => other.id));
    throw new WhittleError(
      'OptionError',
      `There is no pass "${pass}".${near ? ` Did you mean "${near}"?` : ''} There are: ${passCatalog.map((other) => other.id).join(', ')}.`,
    );
  }
  return parseOptions(meta.options, options, meta.id);
}

function parseStep(value: unknown, index: number): RecipeStep {
  const step = record(value, `Step ${index + 1}`);
  const pass = String(step.pass);
  const options = completeOptions(pass, record(step.options ?? {}, `${pass}: options`));
  const rules = list(step.rules ?? [], `${pass}: rules`, LARGEST_RULE_COUNT).map((rule) => parseRule(rule, pass));
  const id = findPassMeta(pass)!.id;
  return step.enabled === false ? { pass: id, options, rules, enabled: false } : { pass: id, options, rules };
}

function parseRule(value: unknown, pass: string): Rule {
  const rule = record(value, `${pass}: a rule`);
  if (typeof rule.match !== 'string' || rule.match === '' || rule.match.length > 512) {
    throw new WhittleError('OptionError', `${pass}: a rule needs "match", a layer name with * for any characters, or op:NAME.`);
  }
  const meta = findPassMeta(pass)!;
  const given = record(rule.options ?? {}, `${pass}: rule ${rule.match}`);
  const parsed = parseOptions(meta.options, given, `${meta.id}, rule ${rule.match}`);
  const options = Object.fromEntries(Object.keys(given).map((name) => [name, (parsed as Record<string, OptionValue>)[name]!]));
  return { match: rule.match, ...(rule.keep === true ? { keep: true } : {}), ...(Object.keys(options).length ? { options } : {}) };
}

function parsePreprocessing(value: unknown): Preprocessing {
  const given = record(value, 'preprocessing');
  const numbers = (field: string): number[] =>
    list(given[field] ?? [], `preprocessing.${field}`, 4).map((entry) => {
      if (typeof entry === 'number' && Number.isFinite(entry)) return entry;
      throw new WhittleError('OptionError', `preprocessing.${field} holds ${JSON.stringify(entry)}; numbers are allowed.`);
    });
  const scale = given.scale ?? 1;
  if (typeof scale !== 'number' || !Number.isFinite(scale)) {
    throw new WhittleError('OptionError', `preprocessing.scale is ${JSON.stringify(scale)}; a number is allowed.`);
  }
  const std = numbers('std');
  if (std.includes(0)) throw new WhittleError('OptionError', 'preprocessing.std holds 0; it divides, so it cannot be 0.');
  const size = given.size ?? null;
  if (size !== null && !(Array.isArray(size) && size.length === 2 && size.every((n) => Number.isInteger(n) && n > 0 && n <= 8192))) {
    throw new WhittleError('OptionError', `preprocessing.size is ${JSON.stringify(size)}; [height, width] up to 8192 is allowed.`);
  }
  const channels = given.channels ?? null;
  if (channels !== null && channels !== 'rgb' && channels !== 'bgr' && channels !== 'grey') {
    throw new WhittleError('OptionError', `preprocessing.channels is ${JSON.stringify(channels)}; allowed: rgb, bgr, grey.`);
  }
  return { scale, mean: numbers('mean'), std, size: size as [number, number] | null, channels };
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new WhittleError('OptionError', `${what} should be an object, but is ${JSON.stringify(value)?.slice(0, 80)}.`);
}

function list(value: unknown, what: string, largest: number): unknown[] {
  if (Array.isArray(value) && value.length <= largest) return value;
  throw new WhittleError('OptionError', `${what} should be a list of at most ${largest}.`);
}
