/** Where boxes stand: from left to right, apart from each other, within the blocks that hold them. */
import { describe, expect, it } from 'vitest';
import { layoutGraph } from '../../src/worker/graph-layout';
import { NODE_HEIGHT, NODE_WIDTH, ROW_HEIGHT, type GraphLayout, type LayoutRequest, type PlacedBox } from '../../src/worker/graph-layout-types';

const item = (id: string, parent: string | null = null, rows = 0) => ({ id, parent, rows });
const edge = (from: string, to: string) => ({ from, to });
const boxOf = (layout: GraphLayout, id: string): PlacedBox => layout.boxes.find((box) => box.id === id)!;
const apart = (a: PlacedBox, b: PlacedBox): boolean => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const within = (inner: PlacedBox, outer: PlacedBox): boolean =>
  inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;

/** A stem, a residual block that is open, and a head. */
const residual: LayoutRequest = {
  items: [item('block'), item('stem', null, 2), item('one', 'block'), item('two', 'block'), item('add', 'block'), item('head')],
  open: ['block'],
  edges: [edge('stem', 'one'), edge('one', 'two'), edge('two', 'add'), edge('stem', 'add'), edge('add', 'head')],
};

describe('a residual block that is open', () => {
  const layout = layoutGraph(residual);

  it('holds its layers, beside the others', () => {
    const block = boxOf(layout, 'block');
    for (const id of ['one', 'two', 'add']) expect(within(boxOf(layout, id), block)).toBe(true);
    expect(['one', 'two', 'add'].every((a, i, all) => all.slice(i + 1).every((b) => apart(boxOf(layout, a), boxOf(layout, b))))).toBe(true);
    for (const id of ['stem', 'head']) expect(apart(boxOf(layout, id), block)).toBe(true);
    expect(within(block, { id: '', x: 0, y: 0, width: layout.width, height: layout.height })).toBe(true);
  });

  it('stands between what it reads and what reads it', () => {
    const order = ['stem', 'one', 'two', 'add', 'head'].map((id) => boxOf(layout, id).x);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('is crossed by edges at its border, in one line from end to end', () => {
    const ends = (points: readonly number[]) => ({ first: points.slice(0, 2), last: points.slice(-2) });
    const toAdd = layout.edges.filter(({ from, to }) => from === 'stem' && to.includes('add')).map(({ points }) => ends(points));
    const block = boxOf(layout, 'block');
    const [outside, inside] = toAdd.toSorted((a, b) => a.first[0]! - b.first[0]!);
    expect(outside!.first[0]).toBe(boxOf(layout, 'stem').x + NODE_WIDTH);
    expect(outside!.last[0]).toBe(block.x);
    expect(outside!.last).toEqual(inside!.first);
    expect(inside!.last[0]).toBe(boxOf(layout, 'add').x);
  });

  it('takes the place of one box when it is closed', () => {
    const closed = layoutGraph({
      items: [item('block'), item('stem', null, 2), item('head')],
      open: [],
      edges: [edge('stem', 'block'), edge('block', 'head')],
    });
    expect(boxOf(closed, 'block')).toMatchObject({ width: NODE_WIDTH, height: NODE_HEIGHT });
    expect(boxOf(closed, 'stem').height).toBe(NODE_HEIGHT + 2 * ROW_HEIGHT);
    expect(closed.width).toBeLessThan(layout.width);
  });
});

it('keeps the inputs of a block in one column, however late they are read', () => {
  const { boxes, edges } = layoutGraph({
    items: [item('block'), item('a'), item('b'), ...['1', '2', '3'].map((id) => item(id, 'block'))],
    open: ['block'],
    edges: [edge('a', '1'), edge('1', '2'), edge('2', '3'), edge('b', '3')],
  });
  const left = boxes.find(({ id }) => id === 'block')!.x;
  const starts = edges.filter(({ points }) => points[0] === left);
  expect(starts.map(({ from }) => from).toSorted()).toEqual(['a', 'b']);
});

it('nests', () => {
  const layout = layoutGraph({
    items: [item('outer'), item('inner', 'outer'), item('x'), item('y', 'inner'), item('z', 'outer')],
    open: ['outer', 'inner'],
    edges: [edge('x', 'y'), edge('y', 'z')],
  });
  expect(within(boxOf(layout, 'y'), boxOf(layout, 'inner'))).toBe(true);
  expect(within(boxOf(layout, 'inner'), boxOf(layout, 'outer'))).toBe(true);
  expect(within(boxOf(layout, 'z'), boxOf(layout, 'inner'))).toBe(false);
});
