/** One line that says what is being measured, with the way to stop it. */
import { RotateCcw, X } from 'lucide-react';
import { backendOfStage, useLane, type Stage } from '../../state/lane-store';
import { cancelMeasuring, scheduleMeasuring } from '../../state/run-lane';
import { useTraining } from '../../state/training-store';
import { backendNames } from '../device/backend-names';
import { useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import styles from './LaneStatus.module.css';

export function LaneStatus() {
  const t = useText();
  const lane = useLane();
  const isTraining = useTraining((state) => state.running?.control === null);
  const running = lane.stages.find((stage) => stage.state === 'running');
  if (lane.state === 'running') {
    const place = running ? lane.stages.indexOf(running) + 1 : 1;
    return (
      <div className={styles.status}>
        <span role="status" className={styles.words}>
          {running ? stageWords(running, t) : t('lane.waiting')}
          <span className={styles.count}> {t('lane.place', { place, count: lane.stages.length })}</span>
        </span>
        <Button size="small" icon={<X aria-hidden />} onPress={() => void cancelMeasuring()}>
          {t('action.cancel')} <kbd className={styles.key}>Esc</kbd>
        </Button>
      </div>
    );
  }
  if (isTraining) {
    return (
      <div className={styles.status}>
        <span className={styles.rest}>{t('lane.training')}</span>
      </div>
    );
  }
  if (lane.state === 'cancelled') {
    return (
      <div className={styles.status}>
        <span role="status" className={styles.words}>
          {t('lane.cancelled')}
        </span>
        <Button size="small" icon={<RotateCcw aria-hidden />} onPress={scheduleMeasuring}>
          {t('lane.again')}
        </Button>
      </div>
    );
  }
  const failed = lane.stages.filter((stage) => stage.state === 'failed');
  return (
    <div className={styles.status}>
      <span role="status" className={styles.rest} data-failed={failed.length > 0 || undefined} title={failed.map((stage) => stage.problem).join('\n')}>
        {lane.state === 'done' ? restWords(failed, t) : ''}
      </span>
    </div>
  );
}

function restWords(failed: readonly Stage[], t: Translate): string {
  return failed.length === 0 ? t('lane.done') : t('lane.failed', { what: failed.map((stage) => stageName(stage, t)).join(', ') });
}

function stageName(stage: Stage, t: Translate): string {
  const backend = backendOfStage(stage.id);
  return backend ? t('lane.latency', { backend: backendNames[backend] }) : t(stageTexts[stage.id as keyof typeof stageTexts]);
}

function stageWords(stage: Stage, t: Translate): string {
  const detail = stage.progress?.detail;
  const fraction = stage.progress?.fraction;
  const words = stageName(stage, t);
  const share = typeof fraction === 'number' ? ` ${Math.round(fraction * 100)} %` : '';
  return `${words}${share}${detail ? `, ${detail}` : ''}`;
}

const stageTexts = {
  apply: 'lane.apply',
  size: 'lane.size',
  quality: 'lane.quality',
  verify: 'lane.verify',
} as const;
