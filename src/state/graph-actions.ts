/**
 * Asks the engine for the graph on screen and a worker for its places. What is asked for last counts: answers of anything older are
 * dropped. The graph of a recipe is asked for when the recipe was applied, so that its work is not done twice.
 */
import type { GraphView } from '../engine/graph-view-types';
import { isErrorOf, messageOf } from '../lib/errors';
import { ignoreProgress } from '../lib/progress';
import { emptyRecipe } from '../passes/recipe';
import type { Recipe } from '../passes/pass';
import type { GraphLayout, LayoutRequest } from '../worker/graph-layout-types';
import { engine } from './engine-client';
import { emptyGraph, useGraph, type GraphSide } from './graph-store';
import { blocksAround, firstOpen, MOST_BOXES, visibleGraph, type VisibleGraph } from './graph-visible';
import { pointKey } from './point-key';
import { useSession } from './session-store';
import type { ModelSummary } from '../engine/types';

type Layout = (request: LayoutRequest) => Promise<GraphLayout>;

/** A hand that drags a slider cancels several times a second; then the drawing is asked for again by a press. */
const MOST_TRIES = 5;

const inWorker: Layout = async (request) => (await import('../worker/graph-layout-client')).requestLayout(request);
let layoutOf = inWorker;

/** For tests, which have no workers. */
export function provideLayout(layout: Layout = inWorker): void {
  layoutOf = layout;
}

let model: ModelSummary | null = null;
let asked = 0;

/** Draws the graph of a side; `recipe` is the one on screen, and has been applied. */
export async function drawGraph(side: GraphSide, recipe: Recipe): Promise<void> {
  const mine = ++asked;
  const opened = useSession.getState().model;
  if (opened !== model) {
    model = opened;
    useGraph.setState(emptyGraph);
  }
  if (!opened) return;
  await guarded(mine, async () => {
    const view = knownView(side, recipe) ?? (await askView(mine, side, recipe));
    if (mine !== asked) return;
    useGraph.setState({ open: useGraph.getState().open ?? firstOpen(view) });
    const { drawing, open } = useGraph.getState();
    if (drawing?.side === side && drawing.visible.view === view && drawing.visible.open === open) return;
    await place(mine, side, view);
  });
}

/** Opens and closes blocks; more than can be drawn at once stays as it is, and is said. */
export async function openBlocks(change: (open: ReadonlySet<string>, view: GraphView) => ReadonlySet<string>): Promise<'opened' | 'too-many'> {
  const { drawing } = useGraph.getState();
  if (!drawing) return 'opened';
  const { view, open: before } = drawing.visible;
  const open = change(before, view);
  if (visibleGraph(view, open).request.items.length > MOST_BOXES && open.size > before.size) return 'too-many';
  useGraph.setState({ open });
  const mine = ++asked;
  await guarded(mine, () => place(mine, drawing.side, view));
  return 'opened';
}

/** Opens what is around a layer, so that it is seen. */
export async function revealLayer(name: string): Promise<void> {
  const { drawing } = useGraph.getState();
  const node = drawing?.visible.view.nodes.find((one) => one.name === name && one.kind === 'layer');
  if (!drawing || !node) return;
  const around = blocksAround(drawing.visible.view, node);
  if (around.some((block) => !drawing.visible.open.has(block))) await openBlocks((open) => new Set([...open, ...around]));
}

export function allBlocks(_open: ReadonlySet<string>, { blocks }: GraphView): ReadonlySet<string> {
  return new Set(blocks.map(({ id }) => id));
}

export function noBlocks(): ReadonlySet<string> {
  return new Set();
}

export function withBlock(id: string): (open: ReadonlySet<string>) => ReadonlySet<string> {
  return (open) => new Set([...open, id]);
}

export function withoutBlock(id: string): (open: ReadonlySet<string>) => ReadonlySet<string> {
  return (open) => new Set([...open].filter((other) => other !== id));
}

function knownView(side: GraphSide, recipe: Recipe): GraphView | null {
  const { before, after } = useGraph.getState();
  if (side === 'before') return before;
  return after?.key === pointKey(recipe) ? after.view : null;
}

async function askView(mine: number, side: GraphSide, recipe: Recipe): Promise<GraphView> {
  const view = await despiteCancelling(mine, async () => (await engine()).describeGraph(side === 'before' ? emptyRecipe : recipe, ignoreProgress));
  if (useSession.getState().model === model) useGraph.setState(side === 'before' ? { before: view } : { after: { key: pointKey(recipe), view } });
  return view;
}

/** Cancelling a measurement ends the worker and whatever else it does; another one has the model again at once. */
async function despiteCancelling<T>(mine: number, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (mine !== asked || tries === MOST_TRIES || !isErrorOf(error, 'CancelledError')) throw error;
    }
  }
}

async function place(mine: number, side: GraphSide, view: GraphView): Promise<void> {
  const visible: VisibleGraph = visibleGraph(view, useGraph.getState().open ?? new Set());
  const layout = await layoutOf(visible.request);
  if (mine === asked) useGraph.setState({ drawing: { side, visible, layout } });
}

/** What was cancelled, by a newer wish mostly, is no problem to speak of. */
async function guarded(mine: number, work: () => Promise<void>): Promise<void> {
  useGraph.setState({ isBusy: true, problem: null });
  try {
    await work();
  } catch (error) {
    if (mine === asked && !isErrorOf(error, 'CancelledError')) useGraph.setState({ problem: messageOf(error), drawing: null });
  } finally {
    if (mine === asked) useGraph.setState({ isBusy: false });
  }
}
