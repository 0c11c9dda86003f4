/** The graph that the drawer shows: the model's own and the recipe's, how it is coloured, and which of its blocks are open. */
import { create } from 'zustand';
import type { GraphView } from '../engine/graph-view-types';
import type { GraphLayout } from '../worker/graph-layout-types';
import type { VisibleGraph } from './graph-visible';

export type GraphSide = 'before' | 'after';
export type GraphColoring = 'none' | 'size' | 'macs' | 'sensitivity';

/** A graph with the places of its boxes. */
export interface Drawing {
  readonly side: GraphSide;
  readonly visible: VisibleGraph;
  readonly layout: GraphLayout;
}

export interface GraphState {
  readonly side: GraphSide;
  readonly coloring: GraphColoring;
  /** null: not asked for yet, or of another model. */
  readonly before: GraphView | null;
  /** Of the recipe with this key. */
  readonly after: { readonly key: string; readonly view: GraphView } | null;
  /** null: nobody chose, so the drawing chooses. */
  readonly open: ReadonlySet<string> | null;
  readonly drawing: Drawing | null;
  readonly isBusy: boolean;
  /** Why there is no drawing, in words. */
  readonly problem: string | null;
}

export const emptyGraph: Pick<GraphState, 'before' | 'after' | 'open' | 'drawing' | 'isBusy' | 'problem'> = {
  before: null,
  after: null,
  open: null,
  drawing: null,
  isBusy: false,
  problem: null,
};

export const useGraph = create<GraphState>(() => ({ side: 'before', coloring: 'none', ...emptyGraph }));

export function showSide(side: GraphSide): void {
  useGraph.setState({ side });
}

export function colorBy(coloring: GraphColoring): void {
  useGraph.setState({ coloring });
}
