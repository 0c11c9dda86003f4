/** What a trained recipe is to be compared with: the same budget of training without the method. A gain that they have too is none of the method's. */
import { RotateCcw, X } from 'lucide-react';
import { controlsOf } from '../../passes/controls';
import { useRecipe } from '../../state/recipe-store';
import { findRun, useRuns } from '../../state/runs-store';
import { cancelControls, retryControls } from '../../state/train-actions';
import { useTraining, type ControlState, type CurvePoint } from '../../state/training-store';
import { formatPointValue, formatShare } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import { durationText } from './duration-text';
import { pointKey } from '../../state/point-key';
import styles from './TrainingPanel.module.css';

const NONE: readonly ControlState[] = [];

export function ControlsList({ trainingKey }: { trainingKey: string }) {
  const t = useText();
  const recipe = useRecipe((state) => state.recipe);
  const controls = useTraining((state) => state.controls[trainingKey] ?? NONE);
  const planned = controls.length > 0 ? controls : controlsOf(recipe).map(({ kind, recipe: own }): ControlState => ({ kind, recipe: own, state: 'waiting', comparison: null, problem: null }));
  useRuns((state) => state.runs);
  if (planned.length === 0) return null;
  const isPending = planned.some(({ state }) => state === 'waiting' || state === 'training' || state === 'measuring');
  const isStopped = planned.some(({ state }) => state === 'cancelled' || state === 'failed');
  const own = findRun(trainingKey)?.quality;
  return (
    <div className={styles.controls}>
      <p className={styles.explained}>{t('training.controls')}</p>
      <dl className={styles.compared}>
        {own?.kind === 'accuracy' && (
          <>
            <dt>{t('training.recovered')}</dt>
            <dd>
              <strong>{formatShare(own.report.candidate.accuracy.value)}</strong>
            </dd>
          </>
        )}
        {planned.map((control) => (
          <ControlRow key={control.kind} control={control} />
        ))}
      </dl>
      {isPending && (
        <Button size="small" icon={<X aria-hidden />} onPress={() => void cancelControls(trainingKey)}>
          {t('training.cancelControls')}
        </Button>
      )}
      {!isPending && isStopped && (
        <Button size="small" icon={<RotateCcw aria-hidden />} onPress={() => retryControls(trainingKey)}>
          {t('training.retryControls')}
        </Button>
      )}
    </div>
  );
}

function ControlRow({ control }: { control: ControlState }) {
  const t = useText();
  const point = useTraining((state) => state.curves[pointKey(control.recipe)]?.at(-1));
  const { comparison, problem } = control;
  return (
    <>
      <dt>{t(`control.${control.kind}`)}</dt>
      <dd>
        {comparison ? (
          <>
            <strong>{formatShare(comparison.original.accuracy.value)}</strong> <span className={styles.verdict}>{verdictWords(control, t)}</span>
          </>
        ) : (
          <span className={styles.pending}>{problem ?? stateWords(control.state, point, t)}</span>
        )}
      </dd>
    </>
  );
}

function verdictWords({ comparison }: ControlState, t: Translate): string {
  const { change, verdict } = comparison!;
  const [low, high] = verdict === 'worse' ? [-change.high, -change.low] : [change.low, change.high];
  const interval = t('interval', { low: formatPointValue(low), high: formatPointValue(high) });
  const values = { points: Math.abs(change.value * 100).toFixed(2), interval };
  if (verdict === 'better') return t('control.better', values);
  return verdict === 'worse' ? t('control.worse', values) : t('control.same', values);
}

function stateWords(state: ControlState['state'], point: CurvePoint | undefined, t: Translate): string {
  switch (state) {
    case 'waiting':
      return t('control.waiting');
    case 'training':
      return point ? t('control.training', { percent: Math.round((100 * point.step) / Math.max(1, point.steps)), time: durationText(point.msLeft, t) }) : t('training.starting');
    case 'measuring':
      return t('result.measuring');
    case 'done':
      return t('control.done');
    case 'cancelled':
      return t('lane.cancelled');
    case 'failed':
      return t('control.failed');
    default: {
      const never: never = state;
      return never;
    }
  }
}
