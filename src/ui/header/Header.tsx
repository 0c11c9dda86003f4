/** The top line: the model, history, commands, the device, and how the page looks and speaks. */
import { Command, Languages, Monitor, Moon, Redo2, Sun, Undo2 } from 'lucide-react';
import { redoRecipe, undoRecipe, useRecipe } from '../../state/recipe-store';
import { useSession } from '../../state/session-store';
import { setLanguage, setTheme, useSettings, type Theme } from '../../state/settings-store';
import { showOverlay } from '../../state/view-store';
import { DeviceStrip } from '../device/DeviceStrip';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { IconButton } from '../kit/IconButton';
import { commandKey } from '../palette/shortcut';
import styles from './Header.module.css';
import { ModelName } from './ModelName';

const nextTheme: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const themeIcons = { system: Monitor, light: Sun, dark: Moon } as const;

export function Header() {
  const t = useText();
  const hasModel = useSession((session) => session.model !== null);
  const { theme, language } = useSettings();
  const ThemeIcon = themeIcons[theme];
  const other = language === 'en' ? 'zh' : 'en';
  return (
    <header className={styles.header}>
      <h1 className={styles.brand}>
        <Logo />
        <span className={hasModel ? styles.wideName : undefined}>Whittle</span>
      </h1>
      {hasModel && <ModelName />}
      <div className={styles.tools}>
        {hasModel && <History />}
        <Button size="small" icon={<Command aria-hidden />} onPress={() => showOverlay('palette')} aria-label={t('palette.open')} title={`${t('palette.open')} (${commandKey}K)`}>
          <span className={styles.wideOnly}>{commandKey}K</span>
        </Button>
      </div>
      <div className={styles.device}>{hasModel && <DeviceStrip />}</div>
      <div className={styles.tools}>
        <Button size="small" icon={<Languages aria-hidden />} onPress={() => setLanguage(other)} aria-label={t('language.switch')} title={t('language.switch')}>
          {other === 'zh' ? '中' : 'EN'}
        </Button>
        <IconButton size="small" label={t(`theme.${theme}`)} icon={<ThemeIcon aria-hidden />} onPress={() => setTheme(nextTheme[theme])} />
      </div>
    </header>
  );
}

function History() {
  const t = useText();
  const canUndo = useRecipe((state) => state.past.length > 0);
  const canRedo = useRecipe((state) => state.future.length > 0);
  return (
    <>
      <IconButton size="small" label={t('action.undo')} hint={`${commandKey}Z`} icon={<Undo2 aria-hidden />} isDisabled={!canUndo} onPress={undoRecipe} />
      <IconButton size="small" label={t('action.redo')} hint={`⇧${commandKey}Z`} icon={<Redo2 aria-hidden />} isDisabled={!canRedo} onPress={redoRecipe} />
    </>
  );
}

/** A shaving that comes off a block. */
function Logo() {
  return (
    <svg className={styles.logo} viewBox="0 0 24 24" aria-hidden>
      <path d="M3 20h18" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <path d="M3 14.5h9.5c4.7 0 7.5-2.2 7.5-5.4 0-2.6-1.8-4.6-4.3-4.6-2.2 0-3.8 1.5-3.8 3.4 0 1.6 1.1 2.7 2.6 2.7" fill="none" stroke="var(--candidate)" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
