/** Layers by name before and after the recipe on screen, from the numbers that are known of both. */
import { useMemo } from 'react';
import type { CostReport, NodeCost } from '../../measure/types';
import { useShownNumbers } from '../results/use-shown-numbers';

export interface LayerCost {
  readonly parameters: number;
  readonly nbytes: number;
  readonly macs: number;
}

export interface ChangedLayers {
  /** Of the side that is shown: those that the other one lacks. */
  readonly names: ReadonlySet<string>;
  /** In the graph's order: of the original, those that the recipe took out. */
  readonly gone: readonly string[];
}

/** null: not there on that side, or not known. */
export function useLayerCost(layer: string): { readonly before: LayerCost | null; readonly after: LayerCost | null; readonly isStale: boolean } {
  const { costBefore, cost } = useShownNumbers();
  return useMemo(() => ({ before: costOf(costBefore, layer), after: costOf(cost?.value ?? null, layer), isStale: cost?.state === 'stale' }), [costBefore, cost, layer]);
}

export function useChangedLayers(side: 'before' | 'after'): ChangedLayers {
  const { costBefore, cost } = useShownNumbers();
  const after = cost?.value ?? null;
  return useMemo(() => {
    if (!costBefore || !after) return { names: new Set<string>(), gone: [] };
    const gone = missingFrom(after, costBefore);
    return { gone, names: new Set(side === 'before' ? gone : missingFrom(costBefore, after)) };
  }, [costBefore, after, side]);
}

function missingFrom(there: CostReport, here: CostReport): string[] {
  const known = new Set(there.nodes.map(({ node }) => node));
  return [...new Set(here.nodes.map(({ node }) => node).filter((name) => !known.has(name)))];
}

function costOf(report: CostReport | null, layer: string): LayerCost | null {
  const own = report?.nodes.filter(({ node }) => node === layer) ?? [];
  const sum = (of: keyof LayerCost & keyof NodeCost): number => own.reduce((total, node) => total + node[of], 0);
  return own.length === 0 ? null : { parameters: sum('parameters'), nbytes: sum('nbytes'), macs: sum('macs') };
}
