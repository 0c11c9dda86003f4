/** What is asked of the engine and of the layout for a drawing, and whose answer counts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GraphView, GraphViewNode } from '../../src/engine/graph-view-types';
import { WhittleError } from '../../src/lib/errors';
import type { Recipe } from '../../src/passes/pass';
import { emptyRecipe, makeStep } from '../../src/passes/recipe';
import { provideEngine, type EngineClient } from '../../src/state/engine-client';
import { allBlocks, drawGraph, noBlocks, openBlocks, provideLayout, revealLayer, withBlock, withoutBlock } from '../../src/state/graph-actions';
import { emptyGraph, useGraph } from '../../src/state/graph-store';
import { emptySession, useSession, type Session } from '../../src/state/session-store';
import { layoutGraph } from '../../src/worker/graph-layout';

const node = (name: string, block: string | null = null): GraphViewNode => ({
  id: name,
  kind: 'layer',
  name,
  op: 'dense',
  ops: ['dense'],
  shape: [-1, 4],
  parameters: 8,
  nbytes: 32,
  macs: 64,
  block,
});
const chain = (nodes: readonly GraphViewNode[], blocks: GraphView['blocks'] = []): GraphView => ({
  nodes,
  edges: nodes.slice(1).map(({ id }, i) => ({ from: nodes[i]!.id, to: id, shape: null })),
  blocks,
  groups: [],
});
const before = chain([node('a'), node('b', 'block'), node('c', 'block')], [{ id: 'block', label: 'block', parent: null }]);
const after = chain([node('a'), node('c')]);
const fold: Recipe = { version: 1, steps: [makeStep('fold-batch-norm')] };

let asked: Recipe[] = [];
const engineWith = (describeGraph: (recipe: Recipe) => Promise<GraphView>): void => provideEngine(async () => ({ describeGraph }) as unknown as EngineClient);
const drawn = (): string[] => useGraph.getState().drawing?.layout.boxes.map(({ id }) => id) ?? [];
let models = 0;
const openModel = (): void => useSession.setState({ ...emptySession, model: { name: `m${models++}` } as Session['model'] });

beforeEach(() => {
  asked = [];
  engineWith(async (recipe) => {
    asked.push(recipe);
    return recipe.steps.length > 0 ? after : before;
  });
  provideLayout(async (request) => layoutGraph(request));
  useGraph.setState({ ...emptyGraph, side: 'before', coloring: 'none' });
  openModel();
});
afterEach(() => provideLayout());

describe('a drawing', () => {
  it('is of the original, or of the recipe, each asked for once', async () => {
    await drawGraph('before', fold);
    expect(drawn()).toEqual(['block', 'b', 'c', 'a']);
    await drawGraph('after', fold);
    expect(drawn()).toEqual(['a', 'c']);
    await drawGraph('before', fold);
    await drawGraph('after', fold);
    expect(asked).toEqual([emptyRecipe, fold]);
    expect(useGraph.getState().isBusy).toBe(false);
  });

  it('is forgotten with its model', async () => {
    await drawGraph('before', fold);
    openModel();
    await drawGraph('before', fold);
    expect(asked).toHaveLength(2);
  });

  it('is the one that was asked for last', async () => {
    let answerFirst: (view: GraphView) => void = () => {};
    engineWith((recipe) => (recipe.steps.length > 0 ? Promise.resolve(after) : new Promise((resolve) => (answerFirst = resolve))));
    const first = drawGraph('before', fold);
    await drawGraph('after', fold);
    answerFirst(before);
    await first;
    expect(useGraph.getState().drawing?.side).toBe('after');
  });

  it('that fails says why', async () => {
    engineWith(() => Promise.reject(new WhittleError('UnsupportedError', 'This model has 30000 layers.')));
    await drawGraph('before', fold);
    expect(useGraph.getState()).toMatchObject({ problem: 'This model has 30000 layers.', drawing: null, isBusy: false });
  });

  it('whose worker was ended is asked for again', async () => {
    let tries = 0;
    engineWith(async () => {
      if (++tries < 3) throw new WhittleError('CancelledError', 'Cancelled.');
      return before;
    });
    await drawGraph('before', fold);
    expect(tries).toBe(3);
    expect(drawn()).toContain('a');
    engineWith(() => Promise.reject(new WhittleError('CancelledError', 'Cancelled.')));
    openModel();
    await drawGraph('before', fold);
    expect(useGraph.getState()).toMatchObject({ problem: null, drawing: null, isBusy: false });
  });
});

describe('blocks', () => {
  it('open and close, one or all', async () => {
    await drawGraph('before', fold);
    await openBlocks(noBlocks);
    expect(drawn()).toEqual(['a', 'block']);
    await openBlocks(withBlock('block'));
    expect(drawn()).toContain('b');
    await openBlocks(withoutBlock('block'));
    expect(drawn()).toEqual(['a', 'block']);
    await openBlocks(allBlocks);
    expect(drawn()).toContain('c');
  });

  it('open where a layer is looked for', async () => {
    await drawGraph('before', fold);
    await openBlocks(noBlocks);
    await revealLayer('c');
    expect(drawn()).toContain('c');
    await revealLayer('nowhere');
    expect(drawn()).toContain('c');
  });

  it('stay closed where more would be drawn than can be', async () => {
    const many = chain(Array.from({ length: 2001 }, (_, i) => node(`n${i}`, 'block')), before.blocks);
    engineWith(async () => many);
    await drawGraph('before', fold);
    expect(drawn()).toEqual(['block']);
    expect(await openBlocks(allBlocks)).toBe('too-many');
    expect(drawn()).toEqual(['block']);
  });
});
