/** A recipe in the address: everything after # stays in the browser and is never sent to a server. */
import { WhittleError } from '../lib/errors';
import type { Recipe } from '../passes/pass';
import { parseRecipe } from '../passes/recipe';
import type { ModelSource } from './session-store';

export interface SharedLink {
  readonly recipe: Recipe | null;
  readonly source: ModelSource | null;
}

/** The link to a recipe; it names the model too where another person can get at it. */
export function shareLink(page: string, recipe: Recipe, source: ModelSource): string {
  const hash = new URLSearchParams({ recipe: toBase64Url(JSON.stringify(recipe)) });
  if (source.kind === 'url') hash.set('model', source.url);
  if (source.kind === 'sample') hash.set('sample', source.id);
  return `${page.split('#')[0]}#${hash.toString()}`;
}

/** Reads a link's hash. Throws an OptionError when its recipe is broken. */
export function readLink(hash: string): SharedLink {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const text = fields.get('recipe');
  const url = fields.get('model');
  const id = fields.get('sample');
  return {
    recipe: text === null ? null : parseRecipe(decoded(text)),
    source: url !== null ? { kind: 'url', url } : id !== null ? { kind: 'sample', id } : null,
  };
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(fromBase64Url(text));
  } catch (cause) {
    throw new WhittleError('OptionError', 'The recipe in this link is damaged. Ask for the link again, or for the recipe as a file.', { cause });
  }
}

function toBase64Url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.codePointAt(0)!));
}
