/** The one screen: recipe, results and charts, export and device, and the drawer under them. */
import { useSession } from '../../state/session-store';
import { DevicePanel } from '../device/DevicePanel';
import { Drawer } from '../drawer/Drawer';
import { ExportPanel } from '../export/ExportPanel';
import { PointsRegions } from '../points/PointsRegions';
import { RecipeColumn } from '../recipe/RecipeColumn';
import { Results } from '../results/Results';
import { OpeningStatus } from '../start/OpeningStatus';
import { useText } from '../i18n/text';
import styles from './Workbench.module.css';

export default function Workbench() {
  const t = useText();
  return (
    <>
      <main className={styles.bench} aria-label={t('workbench.title')}>
        <div className={styles.recipe}>
          <RecipeColumn />
        </div>
        <div className={styles.centre}>
          <div className={styles.results}>
            <Results />
          </div>
          <PointsRegions />
        </div>
        <div className={styles.side}>
          <ExportPanel />
          <DevicePanel />
        </div>
      </main>
      <Drawer />
      <OpeningFloat />
    </>
  );
}

/** Another model or data being opened, over the one that is open. */
function OpeningFloat() {
  const opening = useSession((session) => session.opening);
  return (
    opening && (
      <div className={styles.opening}>
        <OpeningStatus opening={opening} />
      </div>
    )
  );
}
