/** The places of the master slider that have names. Only what was measured has one: a prediction is no finding. */
import type { Quality, Run } from './runs-store';
import type { Stop } from './front-stops';
import { isOriginal } from './point-key';

export type DetentId = 'lossless' | 'balanced' | 'smallest' | 'fastest';

export interface Detent {
  readonly id: DetentId;
  readonly index: number;
}

/** `latencyOf`: milliseconds of a recipe; null: not measured. `isLatency`: the slider goes by latency, not by size. */
export function detentsOf(stops: readonly Stop[], runOf: (key: string) => Run | undefined, latencyOf: (run: Run) => number | null, isLatency: boolean): readonly Detent[] {
  const measured = stops.flatMap((stop, index) => (stop.kind === 'measured' ? [{ stop, index, run: runOf(stop.key) }] : []));
  const detents: Detent[] = [];
  const add = (id: DetentId, index: number | undefined): void => {
    if (index !== undefined) detents.push({ id, index });
  };
  if (measured.length < 2) return [];
  if (!isLatency) add('smallest', measured[0]?.index);
  const timed = measured.flatMap(({ index, run }) => {
    const milliseconds = run ? latencyOf(run) : null;
    return milliseconds === null ? [] : [{ index, milliseconds }];
  });
  if (timed.length > 1) add('fastest', timed.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a)).index);
  add('balanced', knee(measured));
  add('lossless', measured.find(({ run }) => run && isLossless(run))?.index);
  return detents.toSorted((a, b) => a.index - b.index);
}

/** No measurable loss: what the interval of the paired comparison says, not its middle. Without labels, the same answers. */
function isLossless({ recipe, quality }: Run): boolean {
  return isOriginal(recipe) || (quality !== null && hasNoLoss(quality));
}

function hasNoLoss(quality: Quality): boolean {
  if (quality.kind === 'accuracy') return quality.report.change.high >= 0;
  const { agreement, sqnrDb } = quality.report;
  return agreement === null ? sqnrDb === Number.POSITIVE_INFINITY : agreement === 1;
}

/** Where the front bends most: farthest above the straight line between its ends, sizes taken by their logarithm. */
function knee(measured: readonly { readonly stop: Stop; readonly index: number }[]): number | undefined {
  const [first, last] = [measured[0]!.stop, measured.at(-1)!.stop];
  const [width, height] = [Math.log(last.x / first.x), last.y! - first.y!];
  if (measured.length < 3 || width <= 0 || height <= 0) return undefined;
  const gain = ({ x, y }: Stop): number => (y! - first.y!) / height - Math.log(x / first.x) / width;
  const best = measured.slice(1, -1).reduce((a, b) => (gain(b.stop) > gain(a.stop) ? b : a));
  return gain(best.stop) > 0 ? best.index : undefined;
}
