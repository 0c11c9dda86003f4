/** What is done to a layer, in a few words: the options that a variant sets. */
import type { Variant } from '../search/types';

export function variantText({ options }: Pick<Variant, 'options'>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',');
}
