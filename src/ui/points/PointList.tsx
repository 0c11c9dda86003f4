/** The same results as a table: for comparing, pinning, removing, and for everyone who cannot use a chart. */
import { Pin, PinOff, X } from 'lucide-react';
import { useState } from 'react';
import { energyOf, judgedQuality, latencyOf, qualityOf, sizeOf, sizePoints } from '../../state/chart-points';
import { paretoFront } from '../../state/pareto';
import { isOriginal } from '../../state/point-key';
import { pinRun, removeRun, type Run } from '../../state/runs-store';
import { formatBytes, formatJoules, formatMs } from '../format-number';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { IconButton } from '../kit/IconButton';
import unseen from '../kit/unseen.module.css';
import styles from './PointList.module.css';
import { qualityFormats, qualityName, type Points } from './use-points';

export function PointList({ points }: { points: Points }) {
  const t = useText();
  const [showsAll, setShowsAll] = useState(false);
  const shown = points.runs.filter((run) => run.quality !== null || Object.keys(run.sizes).length > 0);
  if (shown.length === 0) return null;
  const ordered = shown.toSorted((a, b) => Number(b.pinned) - Number(a.pinned));
  const front = new Set(paretoFront(sizePoints(points.runs, points.metric, points.size, points.judged)).map(({ id }) => id));
  const listed = showsAll ? ordered : ordered.filter((run) => front.has(run.key) || !isUntakenFind(run, points));
  const hidden = ordered.length - listed.length;
  return (
    <>
      <table className={styles.list}>
        <thead>
          <tr>
            <th scope="col">{t('points.recipe')}</th>
            <th scope="col">{t('points.sizeShort')}</th>
            <th scope="col">{qualityName(points.metric, t)}</th>
            {points.axis && <th scope="col">{t(points.axis === 'energy' ? 'points.energyShort' : 'points.latencyShort')}</th>}
            <th scope="col">
              <span className={unseen.unseen}>{t('points.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {listed.map((run) => (
            <PointRow key={run.key} run={run} points={points} />
          ))}
        </tbody>
      </table>
      {(hidden > 0 || showsAll) && (
        <Button size="small" variant="faint" onPress={() => setShowsAll(!showsAll)}>
          {showsAll ? t('points.fewer') : t('points.more', { count: hidden })}
        </Button>
      )}
    </>
  );
}

/** A search finds many; the list names those of the front, and what somebody took. */
function isUntakenFind({ key, quality, pinned }: Run, { judged, currentKey }: Points): boolean {
  return judged.has(key) && !quality && !pinned && key !== currentKey;
}

function PointRow({ run, points }: { run: Run; points: Points }) {
  const t = useText();
  const name = points.describe(run);
  const size = sizeOf(run, points.size);
  const quality = qualityOf(run, points.metric);
  const about = quality ? null : judgedQuality(points.runs, run.key, points.metric, points.judged);
  const isFound = points.judged.has(run.key);
  return (
    <tr data-current={run.key === points.currentKey || undefined}>
      <td>
        <button type="button" className={styles.recipe} aria-current={run.key === points.currentKey} onClick={() => points.select(run.key)} title={isFound ? `${t('points.found')}. ${t('points.use')}` : t('points.use')}>
          <span className={styles.mark} data-original={isOriginal(run.recipe) || undefined} data-pinned={run.pinned || undefined} data-found={isFound || undefined} aria-hidden />
          {isFound && <span className={unseen.unseen}>{t('points.found')}: </span>}
          {name}
        </button>
      </td>
      <td>{size ? formatBytes(size.gzip) : '–'}</td>
      <td data-estimate={about !== null || undefined}>{quality ? qualityFormats[points.metric](quality.value) : about === null ? '–' : `≈\u00a0${qualityFormats[points.metric](about)}`}</td>
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
