/** Puts the page into an element: theme first, then the stores, then React. */
import '@fontsource-variable/inter/index.css';
import '@fontsource/ibm-plex-mono/latin-400.css';
import './tokens.css';
import './base.css';
import { createRoot } from 'react-dom/client';
import { openSource } from '../state/open-actions';
import { useSettings } from '../state/settings-store';
import { startPage } from '../state/start';
import App from './App';
import { resolvedTheme } from './use-theme';

export function mount(element: HTMLElement): void {
  const systemIsDark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset['theme'] = resolvedTheme(useSettings.getState().theme, systemIsDark);
  const source = startPage(location.hash);
  createRoot(element).render(<App />);
  if (source) void openSource(source);
}
