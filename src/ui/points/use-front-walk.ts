/** Where the master slider can stop, and where it stands. */
import { useEffect, useMemo } from 'react';
import type { Recipe } from '../../passes/pass';
import { latencyOf, latencyPoints, sizeOf, sizePoints, type LatencyAxis } from '../../state/chart-points';
import { useExport } from '../../state/export-store';
import { canWeigh, guessSizes, weighFiles } from '../../state/front-actions';
import { detentsOf, type Detent } from '../../state/front-detents';
import { ideasOf, stopsOf, type FrontPoint, type Idea, type Stop } from '../../state/front-stops';
import { frontOf, useFront, weightKey, type Prediction } from '../../state/front-store';
import { paretoFront } from '../../state/pareto';
import { useSession } from '../../state/session-store';
import type { Points } from './use-points';

export type WalkAxis = 'size' | 'latency';

export interface FrontWalk {
  readonly stops: readonly Stop[];
  /** Where the recipe on screen stands; off the stops, the nearest. */
  readonly index: number;
  readonly detents: readonly Detent[];
  readonly predictions: readonly Prediction[];
  /** Weighs what is only guessed, the nearest to the recipe on screen first. */
  weigh(): void;
}

export function useFrontWalk(points: Points, axis: WalkAxis, latency: LatencyAxis | null): FrontWalk {
  const { runs, metric, size, judged, currentKey, recipe } = points;
  const model = useSession((session) => session.model);
  const format = useExport((state) => state.format);
  const front = useFront();
  const { guesses, weights, predictions } = frontOf(front, model);
  const known = useMemo(() => {
    const own = axis === 'latency' && latency ? latencyPoints(runs, metric, latency, judged) : sizePoints(runs, metric, size, judged);
    return own.map(({ id, x, y, isJudged }): FrontPoint => {
      const run = runs.find((other) => other.key === id)!;
      return { id, x, y, isJudged, recipe: run.recipe, brotli: axis === 'size' ? (run.sizes[size]?.report.brotli ?? null) : null };
    });
  }, [axis, latency, runs, metric, size, judged]);
  const ideas = useMemo(() => (axis === 'size' ? ideasWith(known, recipe, currentKey, format) : []), [axis, known, recipe, currentKey, format]);
  useEffect(() => {
    if (ideas.length > 0) void guessSizes([...ideas, ...known.map(({ id, recipe: own }) => ({ key: id, recipe: own }))]);
  }, [ideas, known]);
  const stops = useMemo(() => {
    const ofSize = <T>(all: ReadonlyMap<string, T>): Map<string, T> => new Map([...all].flatMap(([key, value]) => (key.startsWith(weightKey(size, '')) ? [[key.slice(weightKey(size, '').length), value]] : [])));
    return stopsOf({ points: known, currentKey, ideas, guesses: ofSize(guesses), weights: ofSize(weights) });
  }, [known, currentKey, ideas, guesses, weights, size]);
  const detents = useMemo(
    () => detentsOf(stops, (key) => runs.find((run) => run.key === key), (run) => (latency && latencyOf(run, latency)?.candidate.p50Ms) ?? null, axis === 'latency'),
    [stops, runs, latency, axis],
  );
  const index = useMemo(() => placeOf(stops, points), [stops, points]);
  return { stops, index, detents, predictions, weigh: () => void weighFiles(ideas.toSorted((a, b) => distance(stops, index, a) - distance(stops, index, b))) };
}

/** The recipe on screen is an idea too until it is measured. */
function ideasWith(known: readonly FrontPoint[], recipe: Recipe, currentKey: string, format: Parameters<typeof ideasOf>[2]): readonly Idea[] {
  const isKnown = (key: string): boolean => known.some(({ id }) => id === key);
  const ideas = ideasOf(paretoFront(known), isKnown, format, canWeigh());
  return isKnown(currentKey) || ideas.some(({ key }) => key === currentKey) || known.length === 0 ? ideas : [...ideas, { key: currentKey, recipe, from: null }];
}

function placeOf(stops: readonly Stop[], { runs, currentKey, size }: Points): number {
  const own = stops.findIndex(({ key }) => key === currentKey);
  if (own >= 0) return own;
  const run = runs.find(({ key }) => key === currentKey);
  const bytes = run && sizeOf(run, size)?.gzip;
  return bytes ? Math.max(0, stops.findLastIndex(({ x }) => x <= bytes)) : Math.max(0, stops.length - 1);
}

function distance(stops: readonly Stop[], index: number, { key }: Idea): number {
  const place = stops.findIndex((stop) => stop.key === key);
  return place < 0 ? Number.POSITIVE_INFINITY : Math.abs(place - index);
}
