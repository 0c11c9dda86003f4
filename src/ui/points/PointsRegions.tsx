/** Charts, master slider and table, drawn apart from the rest of the screen and after it: they cost most to draw. */
import { memo, useDeferredValue } from 'react';
import styles from '../workbench/Workbench.module.css';
import { ChartsPanel } from './ChartsPanel';
import { FrontSlider } from './FrontSlider';
import { PointList } from './PointList';
import { usePoints, type Points } from './use-points';

export function PointsRegions() {
  const points = usePoints();
  return <Regions points={useDeferredValue(points)} />;
}

const Regions = memo(function Regions({ points }: { points: Points }) {
  return (
    <>
      <div className={styles.charts}>
        <ChartsPanel points={points} />
      </div>
      <div className={styles.front}>
        <FrontSlider points={points} />
      </div>
      <div className={styles.list}>
        <PointList points={points} />
      </div>
    </>
  );
});
