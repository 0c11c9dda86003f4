/** Below everything: layers, graph, data and messages. Folded to its tabs until one is chosen. */
import { ChevronDown } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useLive } from '../../state/live-store';
import { openDrawer, toggleDrawer, useView, type DrawerTab } from '../../state/view-store';
import { useText } from '../i18n/text';
import { IconButton } from '../kit/IconButton';
import { DataPane } from './DataPane';
import styles from './Drawer.module.css';
import { LayersPane } from './LayersPane';
import { MessagesPane } from './MessagesPane';
import { useMessages } from './use-messages';

const GraphPane = lazy(() => import('../graph/GraphPane'));
const LivePanel = lazy(() => import('../live/LivePanel'));

const tabs: readonly DrawerTab[] = ['layers', 'graph', 'data', 'live', 'messages'];

export function Drawer() {
  const t = useText();
  const open = useView((view) => view.drawer);
  const isLive = useLive((live) => live.phase !== 'idle');
  const warnings = useMessages().filter((message) => message.level === 'warning').length;
  return (
    <section className={styles.drawer} aria-label={t('drawer.title')}>
      <div className={styles.tabs}>
        {tabs.map((tab) => (
          <button key={tab} type="button" className={styles.tab} aria-expanded={open === tab} aria-controls="drawer-pane" onClick={() => toggleDrawer(tab)}>
            {t(`drawer.${tab}`)}
            {tab === 'live' && isLive && <span className={styles.live} role="img" aria-label={t('live.running')} />}
            {tab === 'messages' && warnings > 0 && <span className={styles.count}>{warnings}</span>}
          </button>
        ))}
        {open && <IconButton size="small" label={t('drawer.close')} icon={<ChevronDown aria-hidden />} onPress={() => openDrawer(null)} />}
      </div>
      <div id="drawer-pane" className={styles.pane} data-tab={open ?? undefined} hidden={open === null}>
        {open === 'layers' && <LayersPane />}
        {open === 'graph' && (
          <Suspense fallback={null}>
            <GraphPane />
          </Suspense>
        )}
        {open === 'data' && <DataPane />}
        {open === 'live' && (
          <Suspense fallback={null}>
            <LivePanel />
          </Suspense>
        )}
        {open === 'messages' && <MessagesPane />}
      </div>
    </section>
  );
}
