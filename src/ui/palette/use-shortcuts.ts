/** Keys that work anywhere on the page, unless a text is being typed or a dialog is open. */
import { useEffect } from 'react';
import { cancelWork } from '../../state/cancel-work';
import { redoRecipe, undoRecipe } from '../../state/recipe-store';
import { scheduleMeasuring } from '../../state/run-lane';
import { useSession } from '../../state/session-store';
import { showOriginal, showOverlay, toggleDrawer, useView } from '../../state/view-store';
import { pickFiles } from '../start/pick-files';
import { hasCommandKey } from './shortcut';

export function useShortcuts(): void {
  useEffect(() => {
    const hide = () => showOriginal(false);
    const release = (event: KeyboardEvent) => {
      if (event.key === '\\') hide();
    };
    addEventListener('keydown', handleKey);
    addEventListener('keyup', release);
    addEventListener('blur', hide);
    return () => {
      removeEventListener('keydown', handleKey);
      removeEventListener('keyup', release);
      removeEventListener('blur', hide);
    };
  }, []);
}

function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const work = hasCommandKey(event) ? commandWork(event) : plainWork(event);
  if (!work) return;
  event.preventDefault();
  work();
}

function commandWork(event: KeyboardEvent): (() => void) | null {
  const key = event.key.toLowerCase();
  if (key === 'k') return () => showOverlay('palette');
  if (useView.getState().overlay !== null || isTyping(event.target)) return null;
  if (key === 'o') return () => pickFiles('files');
  if (key === 'z') return event.shiftKey ? redoRecipe : undoRecipe;
  return key === 'y' ? redoRecipe : null;
}

function plainWork(event: KeyboardEvent): (() => void) | null {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  // Open lists and dialogs close on Escape themselves.
  if (useView.getState().overlay !== null || isInFloating(event.target) || isTyping(event.target)) return null;
  if (event.key === 'Escape') return cancelWork;
  if (event.key === '?') return () => showOverlay('help');
  if (!useSession.getState().model) return null;
  switch (event.key) {
    case '\\':
      return () => showOriginal(true);
    case 'm':
      return scheduleMeasuring;
    case '1':
      return () => toggleDrawer('layers');
    case '2':
      return () => toggleDrawer('graph');
    case '3':
      return () => toggleDrawer('data');
    case '4':
      return () => toggleDrawer('live');
    case '5':
      return () => toggleDrawer('messages');
    default:
      return null;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, [contenteditable]');
}

function isInFloating(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role=dialog], [role=listbox], [role=menu]') !== null;
}
