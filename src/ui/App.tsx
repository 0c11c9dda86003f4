/** The whole page. What is not on the start screen is loaded while the person looks at it. */
import { lazy, Suspense, useDeferredValue, useEffect } from 'react';
import { useView } from '../state/view-store';
import { useSession } from '../state/session-store';
import styles from './App.module.css';
import { Crash } from './Crash';
import { Header } from './header/Header';
import { TextProvider } from './i18n/text';
import { Notices } from './notices/Notices';
import { useShortcuts } from './palette/use-shortcuts';
import { StartScreen } from './start/StartScreen';
import { useDropTarget } from './start/use-drop-target';
import { useDocumentTitle } from './use-document-title';
import { useTheme } from './use-theme';

const loadWorkbench = () => import('./workbench/Workbench');
const Workbench = lazy(loadWorkbench);
const CommandPalette = lazy(() => import('./palette/CommandPalette'));
const HelpSheet = lazy(() => import('./palette/HelpSheet'));
const PasteLink = lazy(() => import('./start/PasteLink'));

/** After the first paint, and before anyone has found a model to drop. */
const PREFETCH_MS = 600;

export default function App() {
  // Deferred: the workbench is large, and is drawn without holding up the window.
  const hasModel = useDeferredValue(useSession((session) => session.model !== null));
  const overlay = useView((view) => view.overlay);
  useTheme();
  useDocumentTitle();
  useShortcuts();
  useDropTarget();
  useEffect(() => {
    const timer = setTimeout(() => void loadWorkbench(), PREFETCH_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <TextProvider>
      <div className={styles.app}>
        <Header />
        <Notices />
        <Crash>
          {hasModel ? (
            <Suspense fallback={<main className={styles.loading} aria-busy />}>
              <Workbench />
            </Suspense>
          ) : (
            <StartScreen />
          )}
        </Crash>
        <Suspense fallback={null}>
          {overlay === 'palette' && <CommandPalette />}
          {overlay === 'help' && <HelpSheet />}
          {overlay === 'paste-link' && <PasteLink />}
        </Suspense>
        {hasModel && <DropVeil />}
      </div>
    </TextProvider>
  );
}

/** Over the open workbench, files that hover are announced by a frame. */
function DropVeil() {
  const dropping = useView((view) => view.dropping);
  return dropping ? <div className={styles.veil} aria-hidden /> : null;
}
