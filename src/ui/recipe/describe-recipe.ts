/** A recipe in a few words: `Fold batch norm · Prune weights 50 %, recovered · Cluster weights 32`. */
import type { OptionSpec, OptionValue } from '../../options/options';
import type { Recipe, RecipeStep } from '../../passes/pass';
import { effectiveSteps } from '../../passes/recipe';
import { metaOf } from '../../state/recipe-edit';
import type { Translate, TranslateRecord } from '../i18n/text';

export function describeRecipe(recipe: Recipe, text: TranslateRecord, t: Translate): string {
  const steps = effectiveSteps(recipe);
  return steps.length === 0 ? t('result.original') : steps.map((step) => describeStep(step, text, t)).join(' · ');
}

export function describeStep(step: RecipeStep, text: TranslateRecord, t: Translate): string {
  const meta = metaOf(step);
  const label = text(`pass.${meta.id}.label`, meta.label);
  const value = isByLayer(step) ? null : primaryValue(step, text);
  const words = isByLayer(step) ? t('points.byLayer', { step: label }) : value === null ? label : `${label} ${value}`;
  const epochs = Number(step.options.recoverEpochs ?? 0);
  return epochs > 0 ? t('training.recoveredStep', { step: words, epochs }) : words;
}

/** Its layers have strengths of their own: the step's says nothing. */
function isByLayer({ rules }: RecipeStep): boolean {
  return rules.some(({ options }) => options !== undefined);
}

/** The value that says most about a step: the first shown option that is no switch. */
export function primaryValue(step: RecipeStep, text: TranslateRecord): string | null {
  const meta = metaOf(step);
  const name = primaryOption(step);
  const spec = name === null ? undefined : meta.options[name];
  return name !== null && spec ? printValue(spec, step.options[name] ?? spec.default, `pass.${meta.id}.${name}`, text) : null;
}

export function primaryOption(step: RecipeStep): string | null {
  const entry = Object.entries(metaOf(step).options).find(([, spec]) => spec.type !== 'boolean' && isShown(spec, step.options));
  return entry?.[0] ?? null;
}

function isShown({ shownWhen }: OptionSpec, values: Readonly<Record<string, OptionValue>>): boolean {
  return !shownWhen || shownWhen.is.includes(values[shownWhen.option] ?? '');
}

export function printValue(spec: OptionSpec, value: OptionValue, textKey: string, text: TranslateRecord): string {
  if (spec.type === 'choice') {
    const choice = spec.choices.find((other) => other.value === value);
    return choice ? text(`${textKey}.${choice.value}.label`, choice.label) : String(value);
  }
  const isPercent = spec.type === 'number' && spec.scale === 'percent';
  return isPercent ? `${Number((Number(value) * 100).toPrecision(3))}\u00a0%` : String(value);
}
