/**
 * Recipes on the way from one to another, and a step further: only the numbers of their options move. Two recipes that do different things, or
 * that train, have nothing between them.
 */
import type { NumberOption, OptionSpec, OptionValue } from '../options/options';
import type { PassId, Recipe, RecipeStep, Rule } from '../passes/pass';
import { effectiveSteps, recipeKey } from '../passes/recipe';
import { recipeTrains } from '../passes/untrained';
import { metaOf } from './recipe-edit';

/** The option that says how strong a pass is, and one step more of it. */
const STRONGER: Readonly<Partial<Record<PassId, { readonly option: string; more(value: number): number }>>> = {
  'prune-magnitude': { option: 'sparsity', more: (sparsity) => 1 - (1 - sparsity) * 0.85 },
  'cluster-weights': { option: 'centroids', more: (centroids) => centroids * 0.75 },
};
/** Shares are rounded to whole per cents, which is what a person would type. */
const SHARE_DIGITS = 2;

/** `share` of the way from `a` to `b`; null: nothing is there. */
export function between(a: Recipe, b: Recipe, share: number): Recipe | null {
  if (recipeTrains(a) || recipeTrains(b) || !isSameFeeding(a, b)) return null;
  const [from, to] = [effectiveSteps(a), effectiveSteps(b)];
  if (from.length !== to.length) return null;
  const steps: RecipeStep[] = [];
  for (const [i, step] of from.entries()) {
    const moved = stepBetween(step, to[i]!, share);
    if (!moved) return null;
    steps.push(moved);
  }
  const recipe: Recipe = { ...a, steps };
  const key = recipeKey(recipe);
  return key === recipeKey(a) || key === recipeKey(b) ? null : recipe;
}

/** The same recipe a step stronger; null: none of its passes knows stronger. */
export function stronger(recipe: Recipe): Recipe | null {
  if (recipeTrains(recipe)) return null;
  const steps = effectiveSteps(recipe).map((step): RecipeStep => {
    const strength = STRONGER[step.pass];
    const spec = strength && metaOf(step).options[strength.option];
    // Rules say it layer by layer, each at a strength that was chosen for it.
    if (!strength || !spec || !isNumber(spec) || step.rules.length > 0) return step;
    return { ...step, options: { ...step.options, [strength.option]: rounded(spec, strength.more(Number(step.options[strength.option]))) } };
  });
  const next: Recipe = { ...recipe, steps };
  return recipeKey(next) === recipeKey(recipe) ? null : next;
}

/** Recipes that differ in numbers only: what an estimate gets wrong of one it gets wrong of the other. */
export function isAlike(a: Recipe, b: Recipe): boolean {
  const [one, other] = [effectiveSteps(a), effectiveSteps(b)];
  return one.length === other.length && one.every((step, i) => stepBetween(step, other[i]!, 0) !== null);
}

function stepBetween(a: RecipeStep, b: RecipeStep, share: number): RecipeStep | null {
  if (a.pass !== b.pass || a.rules.length !== b.rules.length) return null;
  const specs = metaOf(a).options;
  const options = optionsBetween(specs, a.options, b.options, share);
  const rules = a.rules.map((rule, i) => ruleBetween(specs, rule, b.rules[i]!, share));
  return options && rules.every((rule) => rule !== null) ? { pass: a.pass, options, rules } : null;
}

type Specs = Readonly<Record<string, OptionSpec>>;
type Options = Readonly<Record<string, OptionValue>>;

function ruleBetween(specs: Specs, a: Rule, b: Rule, share: number): Rule | null {
  if (a.match !== b.match || a.keep !== b.keep) return null;
  const options = optionsBetween(specs, a.options ?? {}, b.options ?? {}, share);
  return options && { ...a, ...(a.options ? { options } : {}) };
}

function optionsBetween(specs: Specs, a: Options, b: Options, share: number): Options | null {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const options: Record<string, OptionValue> = {};
  for (const name of names) {
    const [from, to, spec] = [a[name], b[name], specs[name]];
    if (from === undefined || to === undefined || !spec) return null;
    if (from === to) options[name] = from;
    else if (isNumber(spec) && typeof from === 'number' && typeof to === 'number') options[name] = rounded(spec, numberBetween(spec, from, to, share));
    else return null;
  }
  return options;
}

function numberBetween({ scale, minimum }: NumberOption, from: number, to: number, share: number): number {
  return scale === 'log2' && minimum > 0 ? from * (to / from) ** share : from + (to - from) * share;
}

function rounded(spec: NumberOption, value: number): number {
  const whole = spec.type === 'integer' ? Math.round(value) : spec.scale === 'percent' ? Number(value.toFixed(SHARE_DIGITS)) : Number(value.toPrecision(SHARE_DIGITS + 1));
  return Math.min(spec.maximum, Math.max(spec.minimum, whole));
}

function isNumber(spec: OptionSpec): spec is NumberOption {
  return spec.type === 'number' || spec.type === 'integer';
}

function isSameFeeding(a: Recipe, b: Recipe): boolean {
  return JSON.stringify(a.preprocessing ?? null) === JSON.stringify(b.preprocessing ?? null);
}
