/** The same results as a table: for comparing, pinning, removing, and for everyone who cannot use a chart. */
import { Pin, PinOff, X } from 'lucide-react';
import { energyOf, latencyOf, qualityOf, sizeOf } from '../../state/chart-points';
import { isOriginal } from '../../state/point-key';
import { pinRun, removeRun, type Run } from '../../state/runs-store';
import { formatBytes, formatJoules, formatMs } from '../format-number';
import { useText } from '../i18n/text';
import { IconButton } from '../kit/IconButton';
import styles from './PointList.module.css';
import { qualityFormats, qualityName, type Points } from './use-points';

export function PointList({ points }: { points: Points }) {
  const t = useText();
  const shown = points.runs.filter((run) => run.quality !== null || Object.keys(run.sizes).length > 0);
  if (shown.length === 0) return null;
  const ordered = shown.toSorted((a, b) => Number(b.pinned) - Number(a.pinned));
  return (
    <table className={styles.list}>
      <thead>
        <tr>
          <th scope="col">{t('points.recipe')}</th>
          <th scope="col">{t('points.sizeShort')}</th>
          <th scope="col">{qualityName(points.metric, t)}</th>
          {points.axis && <th scope="col">{t(points.axis === 'energy' ? 'points.energyShort' : 'points.latencyShort')}</th>}
          <th scope="col">
            <span className={styles.hidden}>{t('points.actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {ordered.map((run) => (
          <PointRow key={run.key} run={run} points={points} />
        ))}
      </tbody>
    </table>
  );
}

function PointRow({ run, points }: { run: Run; points: Points }) {
  const t = useText();
  const name = points.describe(run);
  const size = sizeOf(run, points.size);
  const quality = qualityOf(run, points.metric);
  return (
    <tr data-current={run.key === points.currentKey || undefined}>
      <td>
        <button type="button" className={styles.recipe} aria-current={run.key === points.currentKey} onClick={() => points.select(run.key)} title={t('points.use')}>
          <span className={styles.mark} data-original={isOriginal(run.recipe) || undefined} data-pinned={run.pinned || undefined} aria-hidden />
          {name}
        </button>
      </td>
      <td>{size ? formatBytes(size.gzip) : '–'}</td>
      <td>{quality ? qualityFormats[points.metric](quality.value) : '–'}</td>
      {points.axis && <td>{besideQuality(run, points) ?? '–'}</td>}
      <td className={styles.actions}>
        <IconButton
          size="small"
          variant="faint"
          label={t(run.pinned ? 'points.unpin' : 'points.pin', { recipe: name })}
          icon={run.pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
          onPress={() => pinRun(run.key, !run.pinned)}
        />
        <IconButton
          size="small"
          variant="faint"
          label={t('points.remove', { recipe: name })}
          icon={<X aria-hidden />}
          isDisabled={run.key === points.currentKey || isOriginal(run.recipe)}
          onPress={() => removeRun(run.key)}
        />
      </td>
    </tr>
  );
}

/** What the second chart shows, in a row. */
function besideQuality(run: Run, { axis, profile }: Points): string | null {
  if (axis === 'energy') {
    const energy = energyOf(run, profile);
    return energy && `≈ ${formatJoules(energy.value)}`;
  }
  const latency = axis && latencyOf(run, axis);
  return latency && formatMs(latency.candidate.p50Ms);
}
