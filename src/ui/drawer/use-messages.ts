import { useMemo } from 'react';
import type { Diagnostic } from '../../lib/diagnostics';
import { pointKey } from '../../state/point-key';
import { useRuns } from '../../state/runs-store';
import { useSession } from '../../state/session-store';
import { useShownRecipe } from '../use-shown-recipe';

const none: readonly Diagnostic[] = [];

/** What the reader and the passes had to say about the model and the recipe on screen; warnings first. */
export function useMessages(): readonly Diagnostic[] {
  const ofModel = useSession((session) => session.model?.diagnostics ?? none);
  const key = pointKey(useShownRecipe());
  const ofRun = useRuns((state) => state.runs.find((run) => run.key === key)?.diagnostics ?? none);
  return useMemo(
    () => [...ofModel, ...ofRun].toSorted((a, b) => Number(b.level === 'warning') - Number(a.level === 'warning')),
    [ofModel, ofRun],
  );
}
