/** What the drawing says and where the keys go. */
import { describe, expect, it } from 'vitest';
import type { ChannelGroupView, GraphView, GraphViewNode } from '../../src/engine/graph-view-types';
import { visibleGraph } from '../../src/state/graph-visible';
import { groupsOfLayer, rolesIn } from '../../src/ui/graph/channel-groups';
import { moveOf, type Key } from '../../src/ui/graph/keys';
import { limitsOf, marksOf } from '../../src/ui/graph/marks';
import { saysOperator, shapeText, shortened } from '../../src/ui/graph/node-text';
import { boundsOf, covers, curveThrough, grown, neighbourOf, overlap, rowPlace, stopsOf, type Stop } from '../../src/ui/graph/places';
import { createViewport, firstSight, fitted, panned, seenOf, showing, zoomed } from '../../src/ui/graph/viewport';
import { layoutGraph } from '../../src/worker/graph-layout';

const node = (name: string, nbytes: number, macs: number, block: string | null = null): GraphViewNode => ({
  id: name,
  kind: 'layer',
  name,
  op: 'dense',
  ops: ['dense'],
  shape: [-1, 4],
  parameters: nbytes / 4,
  nbytes,
  macs,
  block,
});

describe('a number in a box', () => {
  const view: GraphView = {
    nodes: [node('small', 10, 900), node('large', 890, 100, 'block'), node('other', 100, 0, 'block')],
    edges: [],
    blocks: [{ id: 'block', label: 'block', parent: null }],
    groups: [],
  };
  const marks = (coloring: Parameters<typeof marksOf>[2], open: string[] = [], heat = new Map()) =>
    Object.fromEntries(marksOf(view, visibleGraph(view, new Set(open)).boxes, coloring, heat));

  it('is the share of the whole, as a level of colour and in words', () => {
    expect(marks('size', ['block'])).toEqual({ small: { level: 2, text: '10\u00a0B' }, large: { level: 5, text: '890\u00a0B' }, other: { level: 4, text: '100\u00a0B' } });
    expect(marks('macs', ['block'])).toEqual({ small: { level: 5, text: '900' }, large: { level: 4, text: '100' } });
    expect(limitsOf('size')).toHaveLength(5);
  });

  it('of a closed block is the sum of what is in it, and its most sensitive layer', () => {
    expect(marks('size')['block']).toEqual({ level: 5, text: '990\u00a0B' });
    const heat = new Map([['large', { kl: 0.02, level: 3 as const }], ['other', { kl: 0.5, level: 4 as const }]]);
    expect(marks('sensitivity', [], heat)).toEqual({ block: { level: 4, text: '0.50' } });
  });

  it('is absent without a colour', () => {
    expect(marks('none')).toEqual({});
  });
});

describe('words in a box', () => {
  it('are shapes without the batch', () => {
    expect(shapeText([-1, 28, 28, 1])).toBe('28×28×1');
    expect(shapeText([1, -1, 4])).toBe('1×?×4');
    expect(shapeText(null)).toBe('?');
  });

  it('keep the end of a name', () => {
    expect(shortened('dense_1', 10)).toBe('dense_1');
    expect(shortened('separable_conv_1_bn_normal_left2_1', 16)).toBe('sepa…mal_left2_1');
    expect(shortened('separable_conv_1_bn_normal_left2_1', 16)).toHaveLength(16);
  });

  it('leave out an operator that the name says', () => {
    expect(saysOperator('batch_normalization_2', 'batch-norm')).toBe(true);
    expect(saysOperator('max_pooling2d', 'max-pool')).toBe(true);
    expect(saysOperator('activation_4', 'relu')).toBe(false);
  });
});

describe('channels of a layer', () => {
  const group = (makes: string[], passes: string[]): ChannelGroupView => ({ makes, passes, reads: [], channels: 8, units: 8, refused: null });
  const groups = [group(['a', 'b'], ['add']), group(['c'], ['b_norm'])];

  it('are those that it makes, else those that it hands on', () => {
    expect(groupsOfLayer(groups, 'b')).toEqual([groups[0]]);
    expect(groupsOfLayer(groups, 'add')).toEqual([groups[0]]);
    expect(groupsOfLayer(groups, 'softmax')).toEqual([]);
    expect(groupsOfLayer(null, 'a')).toEqual([]);
    expect(Object.fromEntries(rolesIn([groups[0]!]))).toEqual({ a: 'makes', b: 'makes', add: 'passes' });
  });
});

describe('places', () => {
  it('of the layers of one box are rows of it, and come in graph order', () => {
    const light = { ...node('norm', 0, 0), op: 'batch-norm' };
    const view: GraphView = { nodes: [node('a', 4, 4), light, node('b', 4, 4)], edges: [{ from: 'a', to: 'norm', shape: null }, { from: 'norm', to: 'b', shape: null }], blocks: [], groups: [] };
    const visible = visibleGraph(view, new Set());
    const stops = stopsOf({ side: 'before', visible, layout: layoutGraph(visible.request) });
    expect(stops.map(({ id, box }) => [id, box])).toEqual([['a', 'a'], ['norm', 'a'], ['b', 'b']]);
    expect(stops[1]!.place.y).toBe(stops[0]!.place.y + stops[0]!.place.height);
    expect(stops[2]!.place.x).toBeGreaterThan(stops[0]!.place.x + stops[0]!.place.width);
  });

  it('know what is near', () => {
    const one = { x: 0, y: 0, width: 10, height: 10 };
    expect(overlap(one, { x: 9, y: 9, width: 5, height: 5 })).toBe(true);
    expect(overlap(one, { x: 10, y: 0, width: 5, height: 5 })).toBe(false);
    expect(covers(grown(one, 1), one)).toBe(true);
    expect(covers(one, grown(one, 1))).toBe(false);
    expect(boundsOf([0, 5, 10, 5])).toEqual({ x: 0, y: 4, width: 10, height: 2 });
    expect(rowPlace(one, 0).y).toBe(0);
  });

  it('are joined by curves that are level at both ends', () => {
    expect(curveThrough([0, 0, 10, 0])).toBe('M0 0H10');
    expect(curveThrough([0, 0, 10, 20])).toBe('M0 0C5 0 5 20 10 20');
  });
});

describe('keys', () => {
  const stop = (id: string, x: number, y: number): Stop => ({ id, box: id, place: { x, y, width: 10, height: 10 } });
  const stops = [stop('a', 0, 0), stop('b', 20, 0), stop('c', 20, 20), stop('d', 40, 10)];
  const press = (key: string, at: number, held: Partial<Key> = {}) => moveOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held }, stops, at);

  it('walk in graph order, and stay at the ends', () => {
    expect(press('ArrowRight', 0)).toEqual({ kind: 'to', to: 1 });
    expect(press('ArrowRight', 3)).toEqual({ kind: 'to', to: 3 });
    expect(press('ArrowLeft', 0)).toEqual({ kind: 'to', to: 0 });
    expect(press('End', 0)).toEqual({ kind: 'to', to: 3 });
  });

  it('go to the box above or below', () => {
    expect(press('ArrowDown', 1)).toEqual({ kind: 'to', to: 2 });
    expect(press('ArrowUp', 2)).toEqual({ kind: 'to', to: 1 });
    expect(press('ArrowDown', 0)).toEqual({ kind: 'to', to: 0 });
    expect(neighbourOf(stops, stops[0]!, 'below')).toBeNull();
  });

  it('move, zoom and choose, and leave the browser its own', () => {
    expect(press('ArrowRight', 0, { shiftKey: true })).toMatchObject({ kind: 'pan', dy: 0 });
    expect(press('+', 0)).toMatchObject({ kind: 'zoom' });
    expect(press('0', 0)).toEqual({ kind: 'fit' });
    expect(press('Enter', 0)).toEqual({ kind: 'choose' });
    expect(press('ArrowRight', 0, { altKey: true })).toBeNull();
    expect(press('x', 0)).toBeNull();
  });
});

describe('what is seen', () => {
  const canvas = { width: 1000, height: 200 };

  it('is all of a small drawing at its own size, and the beginning of a long one', () => {
    expect(fitted(canvas, { width: 500, height: 100 })).toEqual({ x: -250, y: -50, scale: 1 });
    const long = firstSight(canvas, { width: 20_000, height: 100 });
    expect(long.scale).toBe(1);
    expect(long.x).toBeLessThan(0);
    expect(long.x).toBeGreaterThan(-100);
    expect(fitted(canvas, { width: 20_000, height: 100 }).scale).toBeLessThan(0.05);
  });

  it('keeps the point under the pointer when it is zoomed', () => {
    const before = { x: 100, y: 20, scale: 1 };
    const after = zoomed(before, 1.5, { x: 300, y: 50 });
    expect(after.x + 300 / after.scale).toBeCloseTo(before.x + 300);
    expect(after.y + 50 / after.scale).toBeCloseTo(before.y + 50);
    expect(zoomed(before, 100, { x: 0, y: 0 }).scale).toBe(2);
  });

  it('cannot leave the drawing, and comes to what is asked for', () => {
    const viewport = createViewport();
    viewport.redraw({ width: 5000, height: 100 });
    viewport.resize(canvas);
    viewport.set(panned({ x: 0, y: 0, scale: 1 }, 99_999, 0));
    expect(seenOf(viewport).x).toBeLessThan(5000);
    expect(seenOf(viewport).x).toBeGreaterThan(3900);
    const place = { x: 1200, y: 20, width: 180, height: 60 };
    viewport.set(showing(viewport, place));
    expect(covers(seenOf(viewport), place)).toBe(true);
  });
});
