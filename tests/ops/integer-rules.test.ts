// The data of integer operators against TensorFlow Lite's quantization specification, typed from its page.
import { describe, expect, it } from 'vitest';
import { fixedGridOf, integerRules, whyNoIntegerKernel } from '../../src/ops/integer-rules';
import { opTable } from '../../src/ops/table';
import type { OpName } from '../../src/ops/signatures';
import { conv, GraphMaker } from '../ir/graphs';

/** From the specification's restrictions: "inputs and outputs must all have same scale/zero_point". */
const SAME: readonly OpName[] = [
  'average-pool', 'max-pool', 'concat', 'reshape', 'flatten', 'squeeze', 'resize-bilinear', 'resize-nearest', 'space-to-depth', 'depth-to-space', 'pad',
  'mirror-pad', 'gather', 'space-to-batch', 'batch-to-space', 'transpose', 'slice', 'strided-slice', 'split', 'stack', 'unstack', 'tile', 'expand-dims', 'maximum', 'minimum',
];
const FREE: readonly OpName[] = ['add', 'sub', 'mul', 'mean', 'sum', 'relu', 'relu6', 'relu-n1-to-1', 'leaky-relu', 'prelu', 'elu', 'hard-swish', 'gelu', 'batch-matmul', 'quantize'];
const NO_KERNEL: readonly OpName[] = ['square', 'pow', 'sin', 'cos', 'floor', 'layer-norm', 'lstm', 'cumsum', 'cast'];

describe('integer rules', () => {
  it('say something of every operator', () => {
    expect(Object.keys(integerRules).sort()).toEqual(Object.keys(opTable).sort());
  });

  it.each(SAME)('%s keeps one grid in and out', (op) => expect(integerRules[op].kind).toBe('same'));
  it.each(FREE)('%s has free scales', (op) => expect(integerRules[op].kind).toBe('free'));
  it.each(NO_KERNEL)('%s has no integer kernel', (op) => expect(integerRules[op].kind).toBe('none'));

  it.each([
    ['softmax', 1 / 256, -128],
    ['sigmoid', 1 / 256, -128],
    ['log-softmax', 16 / 256, 127],
    ['tanh', 1 / 128, 0],
    ['l2-normalize', 1 / 128, 0],
  ] as const)('%s gives scale %d and zero point %d', (op, scale, zeroPoint) => {
    expect(fixedGridOf(op, 'int8')).toEqual({ dtype: 'int8', scale, zeroPoint });
    expect(fixedGridOf(op, 'uint8')).toEqual({ dtype: 'uint8', scale, zeroPoint: zeroPoint + 128 });
  });

  it.each(['softmax', 'sigmoid', 'tanh'] as const)('%s gives 1/32768 in 16 bits', (op) => {
    expect(fixedGridOf(op, 'int16')).toEqual({ dtype: 'int16', scale: 1 / 32768, zeroPoint: 0 });
  });

  it.each([
    ['conv2d', -1, true],
    ['dense', -1, true],
    ['depthwise-conv2d', -2, false],
    ['transpose-conv2d', -2, false],
  ] as const)('%s has its channels along axis %d; 4-bit kernels: %s', (op, channelAxis, int4) => {
    const rule = integerRules[op];
    expect(rule.kind === 'linear' && rule.layout).toMatchObject({ kernel: 1, bias: 2, channelAxis, int4 });
  });

  it('name the attribute that has no kernel', () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4, 4, 2]);
    g.node('sigmoid-conv', 'conv2d', [x, g.weights('k', [1, 1, 2, 2])], { ...conv, activation: 'sigmoid' }, [-1, 4, 4, 2]);
    g.node('computed', 'conv2d', [x, x], conv, [-1, 4, 4, 2]);
    g.node('elu', 'elu', [x], { alpha: 0.5 }, [-1, 4, 4, 2]);
    g.node('norm', 'l2-normalize', [x], { axes: [1], epsilon: 1e-6 }, [-1, 4, 4, 2]);
    g.node('gelu', 'gelu', [x], { approximate: false }, [-1, 4, 4, 2]);
    const graph = g.build(['gelu:0']);
    const reasons = graph.nodes.map((node) => whyNoIntegerKernel(graph, node, 8));
    expect(reasons[0]).toMatch(/sigmoid fused/);
    expect(reasons[1]).toMatch(/kernel is computed/);
    expect(reasons[2]).toMatch(/alpha other than 1/);
    expect(reasons[3]).toMatch(/other axes/);
    expect(reasons[4]).toBeUndefined();
    expect(whyNoIntegerKernel(graph, graph.nodes[4]!, 16)).toMatch(/16-bit/);
  });
});
