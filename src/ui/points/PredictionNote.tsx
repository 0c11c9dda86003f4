/** How near the last prediction came, and on a press how near all of this session did. */
import { memo } from 'react';
import type { QualityMetric } from '../../state/chart-points';
import { errorsOf, type Prediction } from '../../state/front-store';
import { formatBytes, significant } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { Button } from '../kit/Button';
import { PopoverButton } from '../kit/PopoverButton';
import styles from './PredictionNote.module.css';
import { qualityFormats } from './use-points';

interface Props {
  predictions: readonly Prediction[];
  currentKey: string;
  metric: QualityMetric;
}

export const PredictionNote = memo(function PredictionNote({ predictions, currentKey, metric }: Props) {
  const t = useText();
  const own = predictions.find(({ key }) => key === currentKey);
  if (!own) return null;
  return (
    <PopoverButton
      label={t('front.predictions')}
      trigger={
        <Button size="small" variant="faint">
          {noteOf(own, metric, t)}
        </Button>
      }
    >
      <Errors predictions={predictions} metric={metric} />
    </PopoverButton>
  );
});

function Errors({ predictions, metric }: { predictions: readonly Prediction[]; metric: QualityMetric }) {
  const t = useText();
  const { count, size, quality } = errorsOf(predictions);
  return (
    <div className={styles.errors}>
      <p className={styles.title}>{t('front.predictionsOf', { count })}</p>
      <dl>
        {size && (
          <>
            <dt>{t('front.sizeError')}</dt>
            <dd>{t('front.meanLargest', { mean: percent(size.mean), largest: percent(size.largest) })}</dd>
          </>
        )}
        {quality && (
          <>
            <dt>{t(`points.${metric}`)}</dt>
            <dd>{t('front.meanLargest', { mean: qualityError(quality.mean, metric, t), largest: qualityError(quality.largest, metric, t) })}</dd>
          </>
        )}
      </dl>
      <p className={styles.help}>{t('front.predictionsHelp')}</p>
    </div>
  );
}

function noteOf({ size, quality }: Prediction, metric: QualityMetric, t: Translate): string {
  const parts = [
    ...(size ? [t('front.predicted', { predicted: formatBytes(size.predicted), measured: formatBytes(size.measured), error: percent(Math.abs(size.predicted / size.measured - 1)) })] : []),
    ...(quality ? [t('front.predicted', { predicted: qualityFormats[metric](quality.predicted), measured: qualityFormats[metric](quality.measured), error: qualityError(Math.abs(quality.predicted - quality.measured), metric, t) })] : []),
  ];
  return parts.join(' · ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}\u00a0%`;
}

function qualityError(error: number, metric: QualityMetric, t: Translate): string {
  return metric === 'sqnr' ? `${significant(error, 2)}\u00a0dB` : `${(error * 100).toFixed(2)}\u00a0${t('unit.points')}`;
}
