/** The master slider: walks along the measured front, from the smallest to the best. */
import { sizePoints } from '../../state/chart-points';
import { paretoFront } from '../../state/pareto';
import { useText } from '../i18n/text';
import { Slider } from '../kit/Slider';
import styles from './FrontSlider.module.css';
import type { Points } from './use-points';

export function FrontSlider({ points }: { points: Points }) {
  const t = useText();
  const front = paretoFront(sizePoints(points.runs, points.metric, points.size));
  if (front.length < 2) return null;
  const current = front.findIndex((point) => point.id === points.currentKey);
  const place = current < 0 ? nearest(front, points) : current;
  const run = points.runs.find((other) => other.key === front[place]?.id);
  return (
    <div className={styles.front}>
      <span>{t('front.smaller')}</span>
      <Slider
        label={t('front.label')}
        value={place}
        minimum={0}
        maximum={front.length - 1}
        step={1}
        valueText={run ? points.describe(run) : ''}
        detents={front.map((_, index) => index)}
        onChange={(next) => {
          const point = front[next];
          if (point) points.select(point.id);
        }}
        onCommit={() => {}}
      />
      <span>{t(points.metric === 'accuracy' ? 'front.better' : 'front.closer')}</span>
    </div>
  );
}

/** Off the front, the slider rests at the point of the front that is about as large. */
function nearest(front: readonly { readonly x: number }[], points: Points): number {
  const own = sizePoints(points.runs, points.metric, points.size).find((point) => point.id === points.currentKey);
  if (!own) return front.length - 1;
  const place = front.findLastIndex((point) => point.x <= own.x);
  return Math.max(0, place);
}
