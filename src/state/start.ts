/** Wires the stores together, once, when the page starts: a committed recipe is measured, a link is read. */
import { followIntegers } from './integer-recipes';
import { readLink } from './share-link';
import { notify, notifyError } from './notices-store';
import { pointKey } from './point-key';
import { onRecipeCommitted, useRecipe } from './recipe-store';
import { useExport } from './export-store';
import { estimateNow, scheduleMeasuring } from './run-lane';
import { forgetQuality, rememberShown } from './runs-store';
import { followLive } from './live-actions';
import { followSensitivity } from './sensitivity-actions';
import { useSession, type ModelSource } from './session-store';
import { useSettings } from './settings-store';
import { followControls } from './train-actions';
import { shownRecipe } from './training-store';
import { askDevice } from './open-actions';

/** Reads the link, asks the device, and begins to watch. Gives what the link wants opened. */
export function startPage(hash: string): ModelSource | null {
  onRecipeCommitted(followIntegers);
  onRecipeCommitted(scheduleMeasuring);
  followControls();
  followSensitivity();
  followLive();
  useRecipe.subscribe((state, before) => {
    if (state.recipe === before.recipe) return;
    rememberShown(pointKey(shownRecipe(before.recipe)));
    void estimateNow(state.recipe);
  });
  useExport.subscribe((state, before) => {
    if (state.format !== before.format || state.options !== before.options) scheduleMeasuring();
  });
  useSettings.subscribe((state, before) => {
    if (state.exampleLimit !== before.exampleLimit) forgetQuality();
    if (state.exampleLimit !== before.exampleLimit || state.backends !== before.backends) scheduleMeasuring();
  });
  void askDevice();
  return takeLink(hash);
}

function takeLink(hash: string): ModelSource | null {
  try {
    const { recipe, source } = readLink(hash);
    if (recipe) {
      useSession.setState({ waitingRecipe: recipe });
      if (!source) notify({ level: 'info', key: 'notice.recipeWaits' });
    }
    return source;
  } catch (error) {
    notifyError(error);
    return null;
  }
}
