/** Which boxes are drawn: layers that only go on stand below the one before, closed blocks stand for what is in them. */
import { describe, expect, it } from 'vitest';
import type { GraphView, GraphViewNode } from '../../src/engine/graph-view-types';
import { blocksAround, firstOpen, visibleGraph } from '../../src/state/graph-visible';

const node = (name: string, changes: Partial<GraphViewNode> = {}): GraphViewNode => ({
  id: name,
  kind: 'layer',
  name,
  op: 'conv2d',
  ops: ['conv2d'],
  shape: [-1, 4],
  parameters: 8,
  nbytes: 32,
  macs: 64,
  block: null,
  ...changes,
});
const light = (name: string, changes: Partial<GraphViewNode> = {}): GraphViewNode => node(name, { op: 'relu', parameters: 0, nbytes: 0, macs: 0, ...changes });
const viewOf = (nodes: readonly GraphViewNode[], edges: readonly string[], blocks: GraphView['blocks'] = []): GraphView => ({
  nodes,
  edges: edges.map((edge) => {
    const [from, to] = edge.split('>');
    return { from: from!, to: to!, shape: null };
  }),
  blocks,
  groups: [],
});
const boxesOf = (view: GraphView, open: readonly string[] = []): Record<string, string[]> =>
  Object.fromEntries([...visibleGraph(view, new Set(open)).boxes].map(([id, box]) => [id, box.nodes.map(({ name }) => name)]));

describe('layers that only go on with what the one before gives', () => {
  it('stand below it', () => {
    const view = viewOf([node('in', { kind: 'input' }), node('conv'), node('norm', { op: 'batch-norm', macs: 0 }), light('relu'), node('next')], ['in>conv', 'conv>norm', 'norm>relu', 'relu>next']);
    expect(boxesOf(view)).toEqual({ in: ['in'], conv: ['conv', 'norm', 'relu'], next: ['next'] });
    expect(visibleGraph(view, new Set()).request.edges).toEqual([
      { from: 'in', to: 'conv' },
      { from: 'conv', to: 'next' },
    ]);
  });

  it('stand by themselves where several are read, or several read', () => {
    const view = viewOf([node('conv'), light('relu'), node('branch'), light('add'), light('after')], ['conv>relu', 'conv>branch', 'relu>add', 'branch>add', 'add>after']);
    expect(boxesOf(view)).toEqual({ conv: ['conv'], relu: ['relu'], branch: ['branch'], add: ['add', 'after'] });
  });

  it('never make a box higher than the drawer', () => {
    const names = ['conv', ...Array.from({ length: 9 }, (_, i) => `relu_${i}`)];
    const view = viewOf(names.map((name) => (name === 'conv' ? node(name) : light(name))), names.slice(1).map((name, i) => `${names[i]!}>${name}`));
    expect(Object.values(boxesOf(view)).map((box) => box.length)).toEqual([6, 4]);
  });
});

describe('blocks', () => {
  const blocks = [
    { id: 'outer', label: 'outer', parent: null },
    { id: 'inner', label: 'inner', parent: 'outer' },
  ];
  const view = viewOf([node('a'), node('b', { block: 'outer' }), node('c', { block: 'inner' }), node('d', { block: 'inner' }), node('e')], ['a>b', 'b>c', 'c>d', 'd>e', 'a>e'], blocks);

  it('stand for what is in them until they are opened', () => {
    expect(boxesOf(view)).toEqual({ a: ['a'], outer: ['b', 'c', 'd'], e: ['e'] });
    expect(boxesOf(view, ['outer'])).toEqual({ a: ['a'], b: ['b'], inner: ['c', 'd'], e: ['e'] });
    expect(Object.keys(boxesOf(view, ['outer', 'inner']))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('hide an open one within a closed one', () => {
    expect(Object.keys(boxesOf(view, ['inner']))).toEqual(['a', 'outer', 'e']);
    expect(visibleGraph(view, new Set(['inner'])).request.open).toEqual([]);
  });

  it('are laid out with the outer one before the inner one, and each pair of boxes is joined once', () => {
    const { request } = visibleGraph(view, new Set(['outer']));
    expect(request.items.map(({ id, parent }) => [id, parent])).toEqual([['outer', null], ['a', null], ['b', 'outer'], ['inner', 'outer'], ['e', null]]);
    expect(request.edges).toEqual([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'inner' },
      { from: 'inner', to: 'e' },
      { from: 'a', to: 'e' },
    ]);
  });

  it('are open at first where that can be looked over', () => {
    expect([...firstOpen(view)]).toEqual(['outer']);
    const many = Array.from({ length: 50 }, (_, i) => node(`n${i}`, { block: 'outer' }));
    expect(firstOpen(viewOf(many, many.slice(1).map(({ id }, i) => `n${i}>${id}`), [blocks[0]!])).size).toBe(0);
  });

  it('around a layer are named from the inside out', () => {
    expect(blocksAround(view, view.nodes[3]!)).toEqual(['inner', 'outer']);
    expect(blocksAround(view, view.nodes[0]!)).toEqual([]);
  });
});
