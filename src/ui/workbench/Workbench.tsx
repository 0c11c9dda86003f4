/** The one screen: recipe, results and charts, export and device, and the drawer under them. */
import { useSession } from '../../state/session-store';
import { DevicePanel } from '../device/DevicePanel';
import { Drawer } from '../drawer/Drawer';
import { ExportPanel } from '../export/ExportPanel';
import { ChartsPanel } from '../points/ChartsPanel';
import { FrontSlider } from '../points/FrontSlider';
import { PointList } from '../points/PointList';
import { usePoints } from '../points/use-points';
import { RecipeColumn } from '../recipe/RecipeColumn';
import { Results } from '../results/Results';
import { OpeningStatus } from '../start/OpeningStatus';
import { useText } from '../i18n/text';
import styles from './Workbench.module.css';

export default function Workbench() {
  const t = useText();
  const points = usePoints();
  const opening = useSession((session) => session.opening);
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
          <div className={styles.charts}>
            <ChartsPanel points={points} />
          </div>
          <div className={styles.front}>
            <FrontSlider points={points} />
          </div>
          <div className={styles.list}>
            <PointList points={points} />
          </div>
        </div>
        <div className={styles.side}>
          <ExportPanel />
          <DevicePanel />
        </div>
      </main>
      <Drawer />
      {opening && (
        <div className={styles.opening}>
          <OpeningStatus opening={opening} />
        </div>
      )}
    </>
  );
}
