/** Which stops of the master slider meet the goals at its ends. */
import { qualityOf } from '../../state/chart-points';
import type { Stop } from '../../state/front-stops';
import { isOriginal } from '../../state/point-key';
import type { SearchForm } from '../../state/search-store';
import type { WalkAxis } from './use-front-walk';
import type { Points } from './use-points';

/** Differences of shares are sums of floats: half a point is half a point. */
const TOLERANCE = 1e-9;

/** null: no goal that this axis knows is set. */
export function meetsOf(stops: readonly Stop[], { runs, metric }: Points, axis: WalkAxis, { mostBytes, mostLatencyMs, mostAccuracyDrop }: SearchForm): readonly boolean[] | null {
  const most = axis === 'size' ? mostBytes : mostLatencyMs;
  const original = runs.find((run) => isOriginal(run.recipe) && run.quality);
  const whole = metric === 'agreement' ? 1 : original && qualityOf(original, metric)?.value;
  const mostDrop = metric === 'sqnr' ? null : mostAccuracyDrop;
  if (most === null && mostDrop === null) return null;
  return stops.map(({ x, y, brotli }) => {
    const isSmall = most === null || (axis === 'size' ? (brotli ?? x) : x) <= most;
    const isGood = mostDrop === null || (y !== null && whole !== undefined && whole - y <= mostDrop + TOLERANCE);
    return isSmall && isGood;
  });
}
