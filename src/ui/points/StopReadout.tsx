/** What a stop of the master slider stands for, in numbers and words; estimates say that they are. */
import type { QualityMetric } from '../../state/chart-points';
import type { Stop } from '../../state/front-stops';
import { formatBytes, formatMs } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import styles from './StopReadout.module.css';
import type { WalkAxis } from './use-front-walk';
import { qualityFormats, type Points } from './use-points';

interface Names {
  readonly metric: QualityMetric;
  readonly axis: WalkAxis;
}

export function StopReadout({ stop, points, axis }: { stop: Stop; points: Points; axis: WalkAxis }) {
  const t = useText();
  const { size, quality } = numbersOf(stop, { metric: points.metric, axis }, t);
  const recipe = points.describe(stop);
  return (
    <p className={styles.readout} title={t(`front.kind.${stop.kind}`)}>
      <span className={styles.number} data-estimate={size.isEstimate || undefined}>
        {size.text}
      </span>
      <span className={styles.number} data-estimate={quality.isEstimate || undefined}>
        {quality.text}
      </span>
      <span className={styles.recipe} title={recipe}>
        {recipe}
      </span>
    </p>
  );
}

/** For the screen reader. */
export function stopText(stop: Stop, names: Names, recipe: string, t: Translate): string {
  const { size, quality } = numbersOf(stop, names, t);
  return `${size.text}, ${quality.text}. ${recipe}. ${t(`front.kind.${stop.kind}`)}`;
}

function numbersOf({ kind, x, y, isWeighed }: Stop, { metric, axis }: Names, t: Translate) {
  const about = (text: string, isEstimate: boolean) => ({ text: isEstimate ? `≈\u00a0${text}` : text, isEstimate });
  const isSizeGuessed = kind === 'predicted' && !isWeighed;
  const size = about(axis === 'size' ? formatBytes(x) : formatMs(x), isSizeGuessed);
  const quality = y === null ? { text: t('front.unknown'), isEstimate: true } : about(qualityFormats[metric](y), kind !== 'measured');
  return { size, quality };
}
