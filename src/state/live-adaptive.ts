/** The adaptive module of the session's ladder: written and proven on a press, and offered as long as the ladder is the same. */
import { create } from 'zustand';
import type { AdaptiveExport } from '../engine/adaptive-export';
import { isErrorOf, messageOf } from '../lib/errors';
import { hashOf } from '../lib/hash';
import type { Progress } from '../lib/progress';
import type { Recipe } from '../passes/pass';
import { engine } from './engine-client';
import { ladderOf } from './live-ladder';
import { useRecipe } from './recipe-store';
import { useRuns } from './runs-store';
import { useSession } from './session-store';
import { useSettings } from './settings-store';
import { throttledProgress } from './throttled-progress';
import { shownRecipe } from './training-store';

export interface AdaptiveState {
  readonly isWriting: boolean;
  readonly progress: Progress | null;
  /** What was written, and of which ladder. */
  readonly written: { readonly key: string; readonly result: AdaptiveExport } | null;
  readonly problem: string | null;
}

export const useAdaptive = create<AdaptiveState>(() => ({ isWriting: false, progress: null, written: null, problem: null }));

/** `nameOf` gives a rung its name in the module. */
export async function writeAdaptive(nameOf: (recipe: Recipe) => string): Promise<void> {
  if (useAdaptive.getState().isWriting) return;
  const key = adaptiveKey();
  useAdaptive.setState({ isWriting: true, progress: null, problem: null, written: null });
  try {
    const { dataset, model } = useSession.getState();
    const { rungs } = wantedLadder();
    const wish = {
      name: model?.name ?? 'model',
      rungs: rungs.map(({ recipe }) => ({ name: nameOf(recipe), recipe })),
      runtimes: ['tfjs'] as const,
      limit: dataset?.hasLabels ? useSettings.getState().exampleLimit : 0,
    };
    const report = throttledProgress((progress) => useAdaptive.setState({ progress }));
    const result = await (await engine()).exportAdaptive(wish, report);
    useAdaptive.setState({ isWriting: false, progress: null, written: { key, result } });
  } catch (error) {
    useAdaptive.setState({ isWriting: false, progress: null, problem: isErrorOf(error, 'CancelledError') ? null : messageOf(error) });
  }
}

/** Another ladder, model or data make another module. */
export function adaptiveKey(): string {
  const { datasetNumber, fileName, model } = useSession.getState();
  return hashOf([wantedLadder().rungs.map(({ name }) => name), datasetNumber, fileName, model?.name]);
}

function wantedLadder(): ReturnType<typeof ladderOf> {
  return ladderOf(useRuns.getState().runs, shownRecipe(useRecipe.getState().recipe));
}
