/** A training under way: how far it is, how long it takes still, and the person's hand on it. */
import { Check, Pause, Play, X } from 'lucide-react';
import { findPassMeta } from '../../passes/catalog';
import { finishTraining, pauseTraining, resumeTraining, stopTraining } from '../../state/train-actions';
import { useTraining, type CurvePoint, type RunningTraining } from '../../state/training-store';
import { backendNames } from '../device/backend-names';
import { useRecordText, useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import { ProgressBar } from '../kit/ProgressBar';
import { durationText } from './duration-text';
import unseen from '../kit/unseen.module.css';
import styles from './TrainingPanel.module.css';

export function TrainingStatus({ running }: { running: RunningTraining }) {
  const t = useText();
  const text = useRecordText();
  const point = useTraining((state) => state.curves[running.key]?.at(-1));
  const isPaused = running.state === 'paused';
  const meta = running.pass === null ? undefined : findPassMeta(running.pass);
  const pass = meta ? `${text(`pass.${meta.id}.label`, meta.label)} · ` : '';
  return (
    <div className={styles.status}>
      <p className={styles.progress}>
        {point && running.state !== 'starting' ? `${pass}${progressWords(point, running.state, t)}` : t('training.starting')}
      </p>
      <p className={unseen.unseen} role="status">
        {spoken(running, point, t)}
      </p>
      <div className={styles.buttons}>
        <Button size="small" variant="outline" icon={isPaused ? <Play aria-hidden /> : <Pause aria-hidden />} isDisabled={running.state === 'finishing'} onPress={() => void (isPaused ? resumeTraining() : pauseTraining())}>
          {t(isPaused ? 'training.resume' : 'training.pause')}
        </Button>
        <Button size="small" variant="outline" icon={<Check aria-hidden />} isDisabled={running.state === 'finishing' || running.state === 'starting'} onPress={() => void finishTraining()}>
          {t('training.finish')}
        </Button>
        <Button size="small" icon={<X aria-hidden />} onPress={() => void stopTraining()}>
          {t('action.cancel')}
        </Button>
      </div>
      {point && <ProgressBar label={t('training.title')} value={point.step} maximum={point.steps} />}
    </div>
  );
}

function progressWords(point: CurvePoint, state: RunningTraining['state'], t: Translate): string {
  const place = t('training.place', { epoch: point.epoch, step: point.step, steps: point.steps, backend: backendNames[point.backend] });
  if (state === 'paused') return `${t('training.paused')} · ${place}`;
  if (state === 'finishing') return `${t('training.finishing')} · ${place}`;
  return `${place} · ${t('training.left', { time: durationText(point.msLeft, t) })}`;
}

/** Once an epoch, and when something changes: a screen reader is not told of every step. */
function spoken({ state }: RunningTraining, point: CurvePoint | undefined, t: Translate): string {
  if (state === 'paused') return t('training.paused');
  if (state === 'finishing') return t('training.finishing');
  if (!point || state === 'starting') return t('training.starting');
  return t('training.epoch', { epoch: point.epoch });
}
