import { describe, expect, it } from 'vitest';
import { checkOps } from '../../src/ops/check';
import type { OpName } from '../../src/ops/signatures';
import { GraphBuilder } from './graph-builder';

type Broken = readonly [title: string, build: (builder: GraphBuilder) => void, message: RegExp];

const broken: readonly Broken[] = [
  ['an operator that is not in the table', (b) => {
    b.node('teleport' as OpName, {} as never, [b.input('x', [1])], ['y']);
  }, /Node "the y" has operator "teleport", which is not one of the table/],
  ['a name that every object has', (b) => {
    b.node('constructor' as OpName, {} as never, [b.input('x', [1])], ['y']);
  }, /operator "constructor"/],
  ['too few inputs', (b) => {
    b.node('conv2d', { strides: [1, 1], padding: 'same', dilations: [1, 1], groups: 1, activation: 'none' }, [b.input('x', [1, 4, 4, 1])], ['y']);
  }, /\(conv2d\) has 1 inputs; it takes 2 to 3/],
  ['too many inputs', (b) => {
    b.node('relu', {}, [b.input('x', [1]), b.input('z', [1])], ['y']);
  }, /\(relu\) has 2 inputs; it takes 1/],
  ['a needed input that is absent', (b) => {
    b.node('add', { activation: 'none' }, [b.input('x', [1]), null], ['y']);
  }, /\(add\) lacks input 1, which it needs/],
  ['more outputs than there are', (b) => {
    b.node('split', { axis: 0, count: 2 }, [b.input('x', [4])], ['y', 'z', 'w']);
  }, /\(split\) has 3 outputs; it gives 2/],
  ['text in arithmetic', (b) => {
    b.node('add', { activation: 'none' }, [b.input('x', [1], 'string'), b.input('z', [1], 'string')], ['y']);
  }, /has input 0 of type string; it takes float32, int32, bool/],
  ['a float as an index', (b) => {
    b.node('gather', { axis: 0, batchDims: 0 }, [b.input('x', [4, 2]), b.input('i', [1])], ['y']);
  }, /\(gather\) has input 1 of type float32; it takes int32/],
];

describe('checking operators', () => {
  it.each(broken)('names %s', (_, build, message) => {
    const builder = new GraphBuilder();
    build(builder);
    expect(() => checkOps(builder.build('y'))).toThrow(expect.objectContaining({ name: 'GraphError', message: expect.stringMatching(message) }));
  });

  it('takes a node that leaves out trailing outputs', () => {
    const builder = new GraphBuilder();
    builder.node('top-k', { k: 1, sorted: true }, [builder.input('x', [4])], ['values']);
    expect(() => checkOps(builder.build('values'))).not.toThrow();
  });

  it('takes text where it is only moved', () => {
    const builder = new GraphBuilder();
    builder.node('reshape', { shape: [2, 2] }, [builder.input('x', [4], 'string')], ['y']);
    expect(() => checkOps(builder.build('y'))).not.toThrow();
  });
});
