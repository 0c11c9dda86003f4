import { useEffect } from 'react';
import { useSettings, type Theme } from '../state/settings-store';

/** Puts the theme on the document; `system` follows the system, also when it changes. */
export function useTheme(): void {
  const theme = useSettings((settings) => settings.theme);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
      document.documentElement.dataset['theme'] = resolvedTheme(theme, dark.matches);
    };
    apply();
    dark.addEventListener('change', apply);
    return () => dark.removeEventListener('change', apply);
  }, [theme]);
}

/** Called once before the first paint too, so that nothing flashes. */
export function resolvedTheme(theme: Theme, systemIsDark: boolean): 'light' | 'dark' {
  return theme === 'system' ? (systemIsDark ? 'dark' : 'light') : theme;
}
