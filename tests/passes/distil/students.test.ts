/** Students made of a model: their shapes, their weights, and what is asked of the trainer (a double at its contract). */
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/ir/check';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, sizeOf } from '../../../src/ir/tensor';
import { checkOps } from '../../../src/ops/check';
import { defaultsOf, type OptionValue } from '../../../src/options/options';
import { distilOptions } from '../../../src/passes/distil/meta';
import { distil } from '../../../src/passes/distil/run';
import { repeatedBlocks } from '../../../src/passes/distil/shorten';
import type { PassContext } from '../../../src/passes/pass';
import { conv, GraphMaker, smallConvNet } from '../../ir/graphs';
import { fashionOriginal } from '../examples';
import { fakeTrainer } from '../fake-trainer';
import { contextOf, runGraph, inputsOf } from '../run-graph';

async function distilled(graph: Graph, given: Readonly<Record<string, OptionValue>> = {}, change: Partial<PassContext> = {}) {
  const options = { ...defaultsOf(distilOptions), ...given } as ReturnType<typeof defaultsOf<typeof distilOptions>>;
  const trainer = fakeTrainer();
  const result = await distil.run(graph, options, { ...contextOf(options, graph), trainer, ...change });
  checkGraph(result.graph, 'distil');
  checkOps(result.graph);
  return { ...result, request: trainer.requests[0]! };
}

const shapeOf = (graph: Graph, name: string): readonly number[] => graph.values[name]!.tensor!.shape;
const parametersOf = (graph: Graph): number => Object.values(graph.values).reduce((sum, { tensor }) => sum + (tensor?.dtype === 'float32' ? sizeOf(tensor.shape) : 0), 0);

/** conv → three residual blocks → mean → dense → softmax. */
function residualNet(): Graph {
  const g = new GraphMaker();
  const shape = [-1, 6, 6, 8];
  let x = g.node('stem', 'conv2d', [g.input('x', [-1, 6, 6, 3]), g.weights('stem/kernel', [3, 3, 3, 8], 0.3)], { ...conv, activation: 'relu' }, shape);
  for (let i = 0; i < 3; i++) {
    const inner = g.node(`conv${i}`, 'conv2d', [x, g.weights(`conv${i}/kernel`, [3, 3, 8, 8], 0.1)], { ...conv, activation: 'relu' }, shape);
    const second = g.node(`second${i}`, 'conv2d', [inner, g.weights(`second${i}/kernel`, [3, 3, 8, 8], 0.1)], conv, shape);
    const sum = g.node(`add${i}`, 'add', [x, second], { activation: 'none' }, shape);
    x = g.node(`relu${i}`, 'relu', [sum], {}, shape);
  }
  const mean = g.node('mean', 'mean', [x], { axes: [1, 2], keepDims: false }, [-1, 8]);
  const dense = g.node('dense', 'dense', [mean, g.weights('dense/kernel', [8, 5]), g.weights('dense/bias', [5])], { activation: 'none' }, [-1, 5]);
  return g.build([g.node('softmax', 'softmax', [dense], { axis: -1 }, [-1, 5])]);
}

describe('a narrower student', () => {
  it('has every inner width times the share, and the model’s inputs and outputs', async () => {
    const teacher = smallConvNet();
    const { graph } = await distilled(teacher, { student: 'width', width: 0.5 });
    expect(shapeOf(graph, 'conv/kernel')).toEqual([3, 3, 3, 4]);
    expect(shapeOf(graph, 'dw/kernel')).toEqual([3, 3, 4, 1]);
    expect(shapeOf(graph, 'dense/kernel')).toEqual([144, 5]);
    expect(graph.inputNames).toEqual(teacher.inputNames);
    expect(graph.outputNames).toEqual(teacher.outputNames);
    expect(graph.nodes.map(({ name }) => name)).toEqual(teacher.nodes.map(({ name }) => name));
  });

  it('of a quarter of the width of the classifier of garments has 15,634 parameters', async () => {
    const { graph } = await distilled(await fashionOriginal('fashion_cnn'), { student: 'width', width: 0.25 });
    expect(parametersOf(graph)).toBe(15_634);
  });

  it('starts from fresh weights: seeded, with normalization at rest', async () => {
    const { request } = await distilled(smallConvNet(), { student: 'width', width: 0.5 }, { seed: 3 });
    const again = await distilled(smallConvNet(), { student: 'width', width: 0.5 }, { seed: 3 });
    const other = await distilled(smallConvNet(), { student: 'width', width: 0.5 }, { seed: 4 });
    const kernelOf = (graph: Graph): Float32Array => decodeFloats(graph.values['dense/kernel']!.tensor!);
    expect(kernelOf(request.graph)).toEqual(kernelOf(again.request.graph));
    expect(kernelOf(request.graph)).not.toEqual(kernelOf(other.request.graph));
    for (const [name, fill] of [['bn1/mean', 0], ['bn1/variance', 1], ['bn1/gamma', 1], ['bn1/beta', 0], ['dense/bias', 0]] as const) {
      expect([...decodeFloats(request.graph.values[name]!.tensor!)]).toEqual(new Array(sizeOf(shapeOf(request.graph, name))).fill(fill));
    }
    // conv feeds a rectifier through batch norm: variance 2 / inputs. dense feeds a softmax: uniform within √(6 / (inputs + outputs)).
    const limit = Math.sqrt(6 / (144 + 5));
    const dense = kernelOf(request.graph);
    expect(Math.max(...dense.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(Math.max(...dense.map(Math.abs))).toBeGreaterThan(0.95 * limit);
    const wide = await distilled(residualNet(), { student: 'width', width: 1 });
    const kernel = decodeFloats(wide.request.graph.values['conv0/kernel']!.tensor!);
    const variance = kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length;
    expect(variance).toBeGreaterThan(0.8 * (2 / 72));
    expect(variance).toBeLessThan(1.2 * (2 / 72));
  });

  it('rounds widths to multiples', async () => {
    const { graph } = await distilled(residualNet(), { student: 'width', width: 0.4, multipleOf: 4 });
    expect(shapeOf(graph, 'stem/kernel')).toEqual([3, 3, 3, 4]);
  });

  it('keeps the width of layers that a rule keeps', async () => {
    const options = { ...defaultsOf(distilOptions), student: 'width' };
    const { graph, diagnostics } = await distilled(residualNet(), options, { optionsFor: (name) => (name === 'conv1' ? null : options) });
    expect(shapeOf(graph, 'conv1/kernel')).toEqual([3, 3, 8, 8]);
    expect(shapeOf(graph, 'conv0/kernel')).toEqual([3, 3, 8, 4]);
    expect(diagnostics.some(({ message }) => message.includes('rule'))).toBe(true);
  });
});

describe('a slim student', () => {
  it('keeps the channels with the largest weights, and their numbers', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    const strength = [1, 5, 0.1, 3];
    const kernel = Float32Array.from({ length: 16 }, (_, i) => strength[i % 4]! * (1 + Math.floor(i / 4)));
    const first = g.node('first', 'dense', [x, g.constant('first/kernel', { dtype: 'float32', shape: [4, 4], encoding: { kind: 'dense', storage: 'float32', data: kernel } })], { activation: 'relu' }, [-1, 4]);
    const last = g.node('last', 'dense', [first, g.weights('last/kernel', [4, 3])], { activation: 'none' }, [-1, 3]);
    const teacher = g.build([last]);
    const { request } = await distilled(teacher, { student: 'slim', width: 0.5 });
    expect([...decodeFloats(request.graph.values['first/kernel']!.tensor!)]).toEqual([5, 3, 10, 6, 15, 9, 20, 12]);
    const rows = decodeFloats(teacher.values['last/kernel']!.tensor!);
    expect([...decodeFloats(request.graph.values['last/kernel']!.tensor!)]).toEqual([...rows.slice(3, 6), ...rows.slice(9, 12)]);
  });
});

describe('a shorter student', () => {
  it('leaves whole residual blocks out', async () => {
    const teacher = residualNet();
    expect(repeatedBlocks(teacher).map(({ nodes }) => nodes.map(({ name }) => name))).toEqual([0, 1, 2].map((i) => [`conv${i}`, `second${i}`, `add${i}`, `relu${i}`]));
    const { graph, request } = await distilled(teacher, { student: 'depth', depth: 0.34 });
    expect(graph.nodes.filter(({ op }) => op === 'add')).toHaveLength(1);
    expect(graph.values['stem/kernel']).toBeDefined();
    // The blocks that stay keep the teacher's weights to start from.
    const kept = Object.keys(request.graph.values).find((id) => id.startsWith('conv') && id.endsWith('kernel'))!;
    expect(request.graph.values[kept]!.tensor).toBe(teacher.values[kept]!.tensor);
    const [output] = await runGraph(graph, inputsOf(graph));
    expect(output!.shape).toEqual([3, 5]);
  });

  it('says when there is nothing to leave out', async () => {
    await expect(distilled(smallConvNet(), { student: 'depth' })).rejects.toThrow(/no repeated blocks/);
  });
});

describe('a student from a file', () => {
  it('takes the place of the model', async () => {
    const student = (await distilled(smallConvNet(), { student: 'width', width: 0.25 })).graph;
    const { graph, request } = await distilled(smallConvNet(), { student: 'file' }, { student });
    expect(request.graph).toBe(student);
    expect(shapeOf(graph, 'conv/kernel')).toEqual([3, 3, 3, 2]);
  });

  it('must be there, and fit', async () => {
    await expect(distilled(smallConvNet(), { student: 'file' })).rejects.toThrow(/none was added/);
    const g = new GraphMaker();
    const other = g.build([g.node('dense', 'dense', [g.input('x', [-1, 4]), g.weights('k', [4, 3])], { activation: 'none' }, [-1, 3])]);
    await expect(distilled(smallConvNet(), { student: 'file' }, { student: other })).rejects.toThrow(/teacher's inputs are \[6, 6, 3\], the model's are \[4\]/);
  });
});

describe('what is asked of the trainer', () => {
  it('is the teacher’s answers beside the labels', async () => {
    const teacher = smallConvNet();
    const { request } = await distilled(teacher, { labelWeight: 0.3, temperature: 6, epochs: 7 });
    expect(request.teacher).toBe(teacher);
    expect(request.objective).toMatchObject({ labelWeight: 0.3, temperature: 6, hints: [] });
    expect(request.settings.epochs).toBe(7);
    expect(request.frozen).toEqual([]);
  });

  it('is the labels alone for the control', async () => {
    const { request } = await distilled(smallConvNet(), { teacher: false, hints: true });
    expect(request.teacher).toBeNull();
    expect(request.objective).toMatchObject({ labelWeight: 1, hints: [] });
  });

  it('pairs inner values of equal places, the last of each size', async () => {
    const teacher = residualNet();
    const { request } = await distilled(teacher, { student: 'slim', hints: true });
    expect(request.objective.hints).toEqual([{ student: 'relu2:0', teacher: 'relu2:0', weight: 1 }]);
  });
});
