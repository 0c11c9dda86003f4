/** Ways for a recipe to leave the page: a file, a link, the clipboard. */
import type { Recipe } from '../passes/pass';
import { downloadBlob } from './download';
import { notify } from './notices-store';
import { useRecipe } from './recipe-store';
import { useSession } from './session-store';
import { shareLink } from './share-link';

export function saveRecipe(): void {
  downloadBlob(new Blob([`${JSON.stringify(enabledRecipe(), null, 2)}\n`], { type: 'application/json' }), 'recipe.json');
}

/** The link to the recipe on screen. */
export function currentLink(): string {
  return shareLink(location.href, enabledRecipe(), useSession.getState().source);
}

/** False when the browser refuses; the text is then shown, to be copied by hand. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    notify({ level: 'info', key: 'notice.copyByHand', values: { text } });
    return false;
  }
}

function enabledRecipe(): Recipe {
  const { recipe } = useRecipe.getState();
  return { ...recipe, steps: recipe.steps.filter((step) => step.enabled !== false) };
}
