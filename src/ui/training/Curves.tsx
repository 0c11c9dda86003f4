/** Loss and held-out accuracy over the steps, live while a training runs and kept after it. */
import { lazy, memo, Suspense, useDeferredValue, useEffect, useState } from 'react';
import { useTraining, type CurvePoint } from '../../state/training-store';
import { formatShare, significant } from '../format-number';
import { useText } from '../i18n/text';
import styles from './TrainingPanel.module.css';

const CurveChart = lazy(() => import('../charts/CurveChart'));

const NO_POINTS: readonly CurvePoint[] = [];
/** A curve moves slowly; drawing it costs. */
const DRAW_MS = 500;

export function Curves({ trainingKey }: { trainingKey: string }) {
  const points = useDeferredValue(useSlowed(useTraining((state) => state.curves[trainingKey] ?? NO_POINTS)));
  return points.length === 0 ? null : <Drawn points={points} />;
}

const Drawn = memo(function Drawn({ points }: { points: readonly CurvePoint[] }) {
  const t = useText();
  const steps = cumulativeSteps(points);
  const losses = points.map((point, i) => ({ x: steps[i]!, y: point.loss }));
  const accuracies = points.flatMap((point, i) => (point.heldOutAccuracy === null ? [] : [{ x: steps[i]!, y: point.heldOutAccuracy }]));
  const heldOutLosses = points.flatMap((point, i) => (point.heldOutLoss === null ? [] : [{ x: steps[i]!, y: point.heldOutLoss }]));
  const last = accuracies.at(-1);
  const end = steps.at(-1)! + points.at(-1)!.steps - points.at(-1)!.step;
  return (
    <div className={styles.curves}>
      <figure className={styles.curve}>
        <figcaption>
          {t('training.loss')} <strong>{significant(losses.at(-1)!.y)}</strong>
          {heldOutLosses.length > 0 && (
            <>
              <span className={styles.dots} aria-hidden />
              {t('training.dots')}
            </>
          )}
        </figcaption>
        <div className={styles.canvas} role="img" aria-label={t('training.lossChart', { first: significant(losses[0]!.y), last: significant(losses.at(-1)!.y) })}>
          <Suspense fallback={null}>
            <CurveChart points={losses} dots={heldOutLosses} end={end} xName={t('training.step')} formatY={significant} />
          </Suspense>
        </div>
      </figure>
      {last && (
        <figure className={styles.curve}>
          <figcaption>
            {t('training.heldOut')} <strong>{formatShare(last.y)}</strong>
          </figcaption>
          <div className={styles.canvas} role="img" aria-label={t('training.heldOutChart', { first: formatShare(accuracies[0]!.y), last: formatShare(last.y) })}>
            <Suspense fallback={null}>
              <CurveChart points={accuracies} dots={accuracies} end={end} xName={t('training.step')} formatY={formatShare} />
            </Suspense>
          </div>
        </figure>
      )}
    </div>
  );
});

/** Several trainings of one recipe stand one behind the other. */
function cumulativeSteps(points: readonly CurvePoint[]): number[] {
  let before = 0;
  return points.map((point, i) => {
    const previous = points[i - 1];
    if (previous && previous.pass !== point.pass) before += previous.step;
    return before + point.step;
  });
}

function useSlowed<T>(value: T): T {
  const [shown, setShown] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setShown(value), shown === value ? 0 : DRAW_MS);
    return () => clearTimeout(timer);
  }, [value, shown]);
  return shown;
}
