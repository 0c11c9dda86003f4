/**
 * The recipe on screen, with undo and redo. A drag makes many recipes and one step of history: `editRecipe` with
 * `dragging` shows the change at once, `commitRecipe` (the release) makes it count.
 */
import { create } from 'zustand';
import type { Recipe } from '../passes/pass';
import { initialRecipe } from './recipe-edit';

/** Enough to walk back through an evening's work, small enough never to matter in memory. */
const LARGEST_HISTORY = 200;

export interface RecipeState {
  readonly recipe: Recipe;
  readonly past: readonly Recipe[];
  readonly future: readonly Recipe[];
  /** The recipe before a drag that is still under way. */
  readonly beforeDrag: Recipe | null;
}

export const useRecipe = create<RecipeState>(() => fresh());

/** Changes the recipe. While dragging nothing enters the history and nothing is measured. */
export function editRecipe(edit: (recipe: Recipe) => Recipe, dragging = false): void {
  useRecipe.setState((state) => {
    const recipe = edit(state.recipe);
    if (recipe === state.recipe) return state;
    if (dragging) return { recipe, beforeDrag: state.beforeDrag ?? state.recipe };
    return { recipe, beforeDrag: null, past: pushed(state.past, state.beforeDrag ?? state.recipe), future: [] };
  });
}

/** Ends a drag: what it changed becomes one step of history. */
export function commitRecipe(): void {
  useRecipe.setState((state) =>
    state.beforeDrag === null ? state : { beforeDrag: null, past: pushed(state.past, state.beforeDrag), future: [] },
  );
}

export function undoRecipe(): void {
  useRecipe.setState(({ recipe, past, future }) => {
    const previous = past.at(-1);
    return previous ? { recipe: previous, past: past.slice(0, -1), future: [recipe, ...future], beforeDrag: null } : {};
  });
}

export function redoRecipe(): void {
  useRecipe.setState(({ recipe, past, future }) => {
    const [next, ...later] = future;
    return next ? { recipe: next, past: pushed(past, recipe), future: later, beforeDrag: null } : {};
  });
}

/** Begins again for a new model. */
export function resetRecipe(recipe: Recipe = initialRecipe()): void {
  useRecipe.setState({ ...fresh(), recipe });
}

/** Calls `listener` when a change counts: a commit, an undo, a redo, a reset. */
export function onRecipeCommitted(listener: (recipe: Recipe) => void): () => void {
  return useRecipe.subscribe((state, before) => {
    const released = state.beforeDrag === null && (state.recipe !== before.recipe || before.beforeDrag !== null);
    if (released) listener(state.recipe);
  });
}

function fresh(): RecipeState {
  return { recipe: initialRecipe(), past: [], future: [], beforeDrag: null };
}

function pushed(past: readonly Recipe[], recipe: Recipe): readonly Recipe[] {
  return [...past, recipe].slice(-LARGEST_HISTORY);
}
