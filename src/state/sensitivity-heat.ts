/** How sensitive each layer is, as a number and as a level that a colour and a bar can show. */
import { hashOf } from '../lib/hash';
import type { SensitivityRow, Variant } from '../search/types';

export type HeatLevel = 0 | 1 | 2 | 3 | 4 | 5;

export interface Heat {
  /** Nats. */
  readonly kl: number;
  readonly level: HeatLevel;
}

/** One pass at one strength, or of each layer what harms it most. */
export type ShownVariant = Variant | 'worst';

/**
 * Nats at which a level ends: ten times as much is one level more. By Pinsker's inequality the answers' probabilities then move by less
 * than 0.7, 2.2, 7, 22 and 71 points.
 */
export const levelLimits = [1e-4, 1e-3, 1e-2, 1e-1, 1] as const;

/** By layer, for those that rows speak of. */
export function heatOf(rows: readonly SensitivityRow[], variant: ShownVariant): ReadonlyMap<string, Heat> {
  const key = variant === 'worst' ? null : variantKey(variant);
  const heat = new Map<string, Heat>();
  for (const row of rows) {
    if (key !== null && variantKey(row) !== key) continue;
    const kl = Math.max(row.kl, heat.get(row.layer)?.kl ?? 0);
    heat.set(row.layer, { kl, level: levelOf(kl) });
  }
  return heat;
}

export function levelOf(kl: number): HeatLevel {
  return levelLimits.filter((limit) => kl >= limit).length as HeatLevel;
}

/** Passes and strengths that rows speak of, in the order in which they were measured. */
export function variantsOf(rows: readonly SensitivityRow[]): readonly Variant[] {
  const variants = new Map<string, Variant>();
  for (const row of rows) {
    const key = variantKey(row);
    if (!variants.has(key)) variants.set(key, { pass: row.pass, options: row.options });
  }
  return [...variants.values()];
}

/** The same for the same pass with the same options. */
export function variantKey(variant: Variant): string {
  const known = keys.get(variant);
  if (known !== undefined) return known;
  const key = hashOf([variant.pass, variant.options]);
  keys.set(variant, key);
  return key;
}

/** Rows are asked for theirs at every drawing. */
const keys = new WeakMap<Variant, string>();
