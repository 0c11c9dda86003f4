/** The one screen: recipe, results and charts, export and device, and the drawer under them. */
import { useSession } from '../../state/session-store';
import { DevicePanel } from '../device/DevicePanel';
import { Drawer } from '../drawer/Drawer';
import { ExportPanel } from '../export/ExportPanel';
import { PointsRegions } from '../points/PointsRegions';
import { RecipeColumn } from '../recipe/RecipeColumn';
import { Results } from '../results/Results';
import { OpeningStatus } from '../start/OpeningStatus';
import { TrainingPanel } from '../training/TrainingPanel';
import { useText } from '../i18n/text';
import { useSteps } from '../use-steps';
import styles from './Workbench.module.css';

/** The regions are drawn one after the other. */
const LAST_STEP = 5;

export default function Workbench() {
  const t = useText();
  const step = useSteps(LAST_STEP);
  return (
    <>
      <main className={styles.bench} aria-label={t('workbench.title')}>
        <div className={styles.recipe}>
          {step >= 1 && <RecipeColumn />}
        </div>
        <div className={styles.centre}>
          <div className={styles.results}>
            <Results />
            {step >= 2 && <TrainingPanel />}
          </div>
          {step >= 4 && <PointsRegions />}
        </div>
        <div className={styles.side}>
          {step >= 2 && <ExportPanel />}
          {step >= 3 && <DevicePanel />}
        </div>
      </main>
      {step >= LAST_STEP && <Drawer />}
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
