/** Every command of the page, once: the palette lists them, the help sheet shows their keys. */
import { samples } from '../../datasets/samples';
import { applyPreset } from '../../state/apply-preset';
import { cancelWork } from '../../state/cancel-work';
import { openSample } from '../../state/open-actions';
import { presets } from '../../state/presets';
import { copyText, currentLink, saveRecipe } from '../../state/recipe-doors';
import { redoRecipe, undoRecipe, useRecipe } from '../../state/recipe-store';
import { scheduleMeasuring } from '../../state/run-lane';
import { canMeasureSensitivity, measureSensitivity } from '../../state/sensitivity-actions';
import { useSensitivity } from '../../state/sensitivity-store';
import { useSession } from '../../state/session-store';
import { setLanguage, setTheme } from '../../state/settings-store';
import { startTraining } from '../../state/train-actions';
import { isUntrained } from '../../state/training-store';
import { openDrawer, showOverlay, type DrawerTab } from '../../state/view-store';
import type { Translate } from '../i18n/text';
import { pickFiles } from '../start/pick-files';
import { commandKey } from './shortcut';

export interface Command {
  readonly id: string;
  readonly label: string;
  readonly keys?: string;
  run(): void;
}

export function listCommands(t: Translate): readonly Command[] {
  const always: Command[] = [
    { id: 'open', label: t('action.open'), keys: `${commandKey}O`, run: () => pickFiles('files') },
    { id: 'open-folder', label: t('action.openFolder'), run: () => pickFiles('folder') },
    { id: 'paste-link', label: t('action.pasteLink'), run: () => showOverlay('paste-link') },
    ...samples.map((sample) => ({ id: `sample-${sample.id}`, label: t('action.trySample', { name: sample.label }), run: () => void openSample(sample) })),
    { id: 'help', label: t('help.title'), keys: '?', run: () => showOverlay('help') },
    ...(['system', 'light', 'dark'] as const).map((theme) => ({ id: `theme-${theme}`, label: t(`theme.${theme}`), run: () => setTheme(theme) })),
    { id: 'english', label: 'English', run: () => setLanguage('en') },
    { id: 'chinese', label: '简体中文', run: () => setLanguage('zh') },
  ];
  if (!useSession.getState().model) return always;
  return [
    { id: 'undo', label: t('action.undo'), keys: `${commandKey}Z`, run: undoRecipe },
    { id: 'redo', label: t('action.redo'), keys: `⇧${commandKey}Z`, run: redoRecipe },
    ...(isUntrained(useRecipe.getState().recipe) ? [{ id: 'train', label: t('training.start'), run: () => void startTraining() }] : []),
    ...(canMeasureSensitivity() && useSensitivity.getState().state !== 'done' ? [{ id: 'sensitivity', label: t('sensitivity.measure'), run: showAndMeasure }] : []),
    { id: 'measure', label: t('lane.again'), keys: 'M', run: scheduleMeasuring },
    { id: 'cancel', label: t('action.cancel'), keys: 'Esc', run: cancelWork },
    ...presets.map(({ id }) => ({ id: `preset-${id}`, label: t('recipe.preset', { name: t(`preset.${id}.label`) }), run: () => applyPreset(id) })),
    ...(['layers', 'graph', 'data', 'live', 'messages'] as const).map((tab: DrawerTab, index) => ({
      id: `drawer-${tab}`,
      label: t(`drawer.${tab}`),
      keys: String(index + 1),
      run: () => openDrawer(tab),
    })),
    { id: 'save-recipe', label: t('export.recipe'), run: saveRecipe },
    { id: 'copy-link', label: t('export.link'), run: () => void copyText(currentLink()) },
    ...always,
  ];
}

/** Where its rows come in. */
function showAndMeasure(): void {
  openDrawer('layers');
  void measureSensitivity();
}
