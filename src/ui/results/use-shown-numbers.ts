import { useMemo } from 'react';
import { sizeKey, useExport } from '../../state/export-store';
import { useRuns } from '../../state/runs-store';
import { originalOf } from '../../state/point-key';
import { shownNumbers, type ShownNumbers } from '../../state/shown-numbers';
import { useView } from '../../state/view-store';
import { useShownRecipe } from '../use-shown-recipe';
import { useTickedBackends } from '../device/use-ticked-backends';

/** The numbers of the recipe on screen; the original's while its key is held. */
export function useShownNumbers(): ShownNumbers {
  const recipe = useShownRecipe();
  const runs = useRuns();
  const size = useExport(sizeKey);
  const backends = useTickedBackends();
  const showingOriginal = useView((view) => view.showingOriginal);
  return useMemo(
    () => shownNumbers(showingOriginal ? originalOf(recipe) : recipe, runs, size, backends),
    [recipe, runs, size, backends, showingOriginal],
  );
}
