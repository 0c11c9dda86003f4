/** Edits of a recipe as pure functions: a new recipe, nothing else. Steps are found by their place in the stack. */
import type { OptionValue } from '../options/options';
import { findPassMeta, passCatalog } from '../passes/catalog';
import type { PassId, PassMeta, Preprocessing, Recipe, RecipeStep, Rule } from '../passes/pass';
import { makeStep } from '../passes/recipe';

/** Helpers of other passes: they are added by hand. */
const NOT_AT_FIRST: ReadonlySet<PassId> = new Set(['equalize-layers', 'adaround', 'correct-bias', 'fine-tune']);

/** The passes in their natural places, all switched off: what a person sees after opening a model. */
export function initialRecipe(): Recipe {
  const shown = passCatalog.filter((meta) => !NOT_AT_FIRST.has(meta.id));
  return { version: 1, steps: shown.map((meta) => ({ ...makeStep(meta.id), enabled: false })) };
}

export function isEnabled(step: RecipeStep): boolean {
  return step.enabled !== false;
}

export function withStepEnabled(recipe: Recipe, index: number, enabled: boolean): Recipe {
  return editStep(recipe, index, ({ pass, options, rules }) =>
    enabled ? { pass, options, rules } : { pass, options, rules, enabled: false },
  );
}

export function withOption(recipe: Recipe, index: number, name: string, value: OptionValue): Recipe {
  return editStep(recipe, index, (step) => ({ ...step, options: { ...step.options, [name]: value } }));
}

export function withStepMoved(recipe: Recipe, from: number, to: number): Recipe {
  const steps = [...recipe.steps];
  const [step] = steps.splice(from, 1);
  if (!step) return recipe;
  steps.splice(Math.max(0, Math.min(to, steps.length)), 0, step);
  return { ...recipe, steps };
}

/** A further step, behind the last one that naturally comes before it. */
export function withStepAdded(recipe: Recipe, pass: PassId): Recipe {
  const before = recipe.steps.findLastIndex((step) => placeOf(step.pass) <= placeOf(pass));
  return { ...recipe, steps: recipe.steps.toSpliced(before + 1, 0, makeStep(pass)) };
}

export function withStepRemoved(recipe: Recipe, index: number): Recipe {
  return { ...recipe, steps: recipe.steps.filter((_, place) => place !== index) };
}

/** The steps of `chosen` switched on, with the passes it does not use kept below, switched off, as they were. */
export function withSteps(recipe: Recipe, chosen: readonly RecipeStep[]): Recipe {
  const unused = recipe.steps
    .filter((step) => !chosen.some((other) => other.pass === step.pass))
    .map((step) => ({ ...step, enabled: false }));
  const steps = [...chosen];
  for (const step of unused) {
    const place = steps.findIndex((other) => placeOf(other.pass) > placeOf(step.pass));
    steps.splice(place < 0 ? steps.length : place, 0, step);
  }
  return { ...recipe, steps };
}

export function withPreprocessing(recipe: Recipe, preprocessing: Preprocessing | undefined): Recipe {
  const { version, steps } = recipe;
  return preprocessing === undefined ? { version, steps } : { version, steps, preprocessing };
}

/** The rule of a step whose match is exactly this layer. */
export function ruleFor(step: RecipeStep, layer: string): Rule | undefined {
  return step.rules.find((rule) => rule.match === layer);
}

/** Replaces a layer's rule in one step; a rule that says nothing is taken out. */
export function withRule(recipe: Recipe, index: number, layer: string, change: Partial<Rule>): Recipe {
  return editStep(recipe, index, (step) => {
    const { keep, options }: Partial<Rule> = { ...ruleFor(step, layer), ...change };
    const others = step.rules.filter((rule) => rule.match !== layer);
    const saysSomething = keep === true || (options !== undefined && Object.keys(options).length > 0);
    const rule: Rule = { match: layer, ...(keep ? { keep } : {}), ...(options ? { options } : {}) };
    return { ...step, rules: saysSomething ? [...others, rule] : others };
  });
}

/** Keeps a layer as it is in every step that goes by layers, or lets it go again. */
export function withLayerKept(recipe: Recipe, layer: string, keep: boolean): Recipe {
  return recipe.steps.reduce(
    (edited, step, index) => (metaOf(step).perLayer ? withRule(edited, index, layer, { keep }) : edited),
    recipe,
  );
}

/** True when every step that goes by layers keeps this layer. */
export function isLayerKept(recipe: Recipe, layer: string): boolean {
  const steps = recipe.steps.filter((step) => metaOf(step).perLayer);
  return steps.length > 0 && steps.every((step) => ruleFor(step, layer)?.keep === true);
}

export function metaOf(step: RecipeStep): PassMeta {
  const meta = findPassMeta(step.pass);
  if (!meta) throw new Error(`The recipe names the pass "${step.pass}", which does not exist.`);
  return meta;
}

function editStep(recipe: Recipe, index: number, edit: (step: RecipeStep) => RecipeStep): Recipe {
  return { ...recipe, steps: recipe.steps.map((step, place) => (place === index ? edit(step) : step)) };
}

function placeOf(pass: PassId): number {
  return passCatalog.findIndex((meta) => meta.id === pass);
}
