/** Keeps the drawing in step with the model, the side, and the recipe on screen once it was applied. */
import { useEffect } from 'react';
import { drawGraph } from '../../state/graph-actions';
import { useGraph } from '../../state/graph-store';
import { useSession } from '../../state/session-store';
import { useShownNumbers } from '../results/use-shown-numbers';
import { useShownRecipe } from '../use-shown-recipe';

/** `waits`: the recipe is still being applied, and what is shown is older. */
export function useGraphDrawing(): { readonly waits: boolean; draw(): void } {
  const side = useGraph((graph) => graph.side);
  const model = useSession((session) => session.model);
  const recipe = useShownRecipe();
  const { cost } = useShownNumbers();
  const isApplied = cost?.state === 'measured';
  const waits = side === 'after' && !isApplied;
  useEffect(() => {
    if (model && !waits) void drawGraph(side, recipe);
  }, [model, side, waits, recipe]);
  return { waits, draw: () => void drawGraph(side, recipe) };
}
