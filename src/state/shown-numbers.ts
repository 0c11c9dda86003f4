/**
 * The numbers on screen for a recipe: measured ones, else the last known ones marked as stale, else a guess. Never blank
 * once anything was measured.
 */
import type { EnergyEstimate } from '../engine/types';
import type { CostReport, LatencyReport, SizeReport } from '../measure/types';
import type { Recipe } from '../passes/pass';
import type { BackendId } from '../runtime/backend';
import { isOriginal, originalOf, pointKey } from './point-key';
import type { Quality, Runs } from './runs-store';

export interface Shown<T> {
  readonly value: T;
  readonly state: 'measured' | 'stale' | 'estimated';
}

export interface ShownSize {
  readonly raw: number;
  readonly gzip: number;
  /** null while it is a guess. */
  readonly brotli: number | null;
}

export interface ShownNumbers {
  readonly key: string;
  readonly isOriginal: boolean;
  readonly sizeBefore: SizeReport | null;
  readonly size: Shown<ShownSize> | null;
  readonly quality: Shown<Quality> | null;
  readonly costBefore: CostReport | null;
  readonly cost: Shown<CostReport> | null;
  readonly energy: Shown<readonly EnergyEstimate[]> | null;
  readonly latency: readonly { readonly backend: BackendId; readonly shown: Shown<LatencyReport> | null }[];
}

export function shownNumbers(
  recipe: Recipe,
  { runs, last, estimate }: Runs,
  sizeKey: string,
  backends: readonly BackendId[],
): ShownNumbers {
  const key = pointKey(recipe);
  const run = runs.find((other) => other.key === key);
  const original = runs.find((other) => other.key === pointKey(originalOf(recipe)));
  const plainOriginal = runs.find((other) => isOriginal(other.recipe) && other.cost);
  const size: ShownSize | null = run?.sizes[sizeKey]?.report ?? null;
  // In another format, or of another recipe: stale, and better than nothing.
  const sizeElsewhere = Object.values(run?.sizes ?? {}).at(-1)?.report ?? last.size?.report ?? null;
  return {
    key,
    isOriginal: isOriginal(recipe),
    sizeBefore: original?.sizes[sizeKey]?.report ?? null,
    size: measuredOr<ShownSize>(size, estimate?.key === key ? { ...estimate, brotli: null } : null, sizeElsewhere),
    quality: measuredOr(run?.quality ?? null, null, isOriginal(recipe) && last.quality?.kind === 'fidelity' ? null : last.quality),
    costBefore: plainOriginal?.cost ?? null,
    cost: measuredOr(run?.cost ?? null, null, last.cost),
    energy: measuredOr<readonly EnergyEstimate[]>(null, run?.energy ?? null, last.energy),
    latency: backends.map((backend) => ({
      backend,
      shown: measuredOr(run?.latency[backend] ?? null, null, last.latency[backend] ?? null),
    })),
  };
}

function measuredOr<T>(measured: T | null, estimated: T | null, stale: T | null): Shown<T> | null {
  if (measured !== null) return { value: measured, state: 'measured' };
  if (estimated !== null) return { value: estimated, state: 'estimated' };
  return stale === null ? null : { value: stale, state: 'stale' };
}
