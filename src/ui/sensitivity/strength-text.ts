/** A pass at one strength in a few words: `Prune weights 75 %`, `Quantize weights int4`. */
import { makeStep } from '../../passes/recipe';
import type { Variant } from '../../search/types';
import type { TranslateRecord } from '../i18n/text';
import { printValue } from '../recipe/describe-recipe';
import { metaOf } from '../../state/recipe-edit';

/** `variants`: all that there are. Of the options, the first that tells this one from others of its pass. */
export function strengthText(variant: Variant, variants: readonly Variant[], text: TranslateRecord): string {
  const step = makeStep(variant.pass, variant.options);
  const meta = metaOf(step);
  const label = text(`pass.${meta.id}.label`, meta.label);
  const rivals = variants.filter(({ pass }) => pass === variant.pass);
  const names = Object.keys(variant.options);
  const name = names.find((option) => rivals.some(({ options }) => options[option] !== variant.options[option])) ?? names[0];
  const spec = name === undefined ? undefined : meta.options[name];
  return name !== undefined && spec ? `${label} ${printValue(spec, step.options[name]!, `pass.${meta.id}.${name}`, text)}` : label;
}
