// Which nodes become integers, which values share a grid, and what stands at the borders.
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { float32Tensor, int32Tensor } from '../../../src/ir/tensor';
import { conv, depthwise, GraphMaker, smallConvNet } from '../../ir/graphs';
import { foldBatchNorm } from '../../../src/passes/fold-batch-norm/run';
import { differenceOn, examplesOf, randomExamples } from '../examples';
import { contextOf, inputsOf } from '../run-graph';
import { affineOf, inputOf, nodeOf, opsOf, outputOf, quantized } from './nets';

type Build = (g: GraphMaker, x: string) => string;
const image = [-1, 6, 6, 4] as const;
const none = { activation: 'none' } as const;

/** conv → … → conv over [?, 6, 6, 4]. */
function around(build: Build, shape: readonly number[] = image): Graph {
  const g = new GraphMaker();
  const x = g.input('x', image);
  const before = g.node('before', 'conv2d', [x, g.weights('k1', [1, 1, 4, 4], 0.5)], conv, image);
  const middle = build(g, before);
  if (shape.length !== 4) return g.build([middle]);
  return g.build([g.node('after', 'conv2d', [middle, g.weights('k2', [1, 1, shape.at(-1)!, 2], 0.5)], conv, [...shape.slice(0, 3), 2])]);
}

const folded = async (): Promise<Graph> => (await foldBatchNorm.run(smallConvNet(), {}, contextOf({}))).graph;

describe('a net of layers with integer kernels', () => {
  it('becomes integers from end to end, with one conversion at either end', async () => {
    const { graph, diagnostics } = await quantized(await folded());
    expect(opsOf(graph)).toEqual(['quantize', 'conv2d', 'depthwise-conv2d', 'flatten', 'dense', 'softmax', 'quantize']);
    expect(graph.inputNames).toEqual(smallConvNet().inputNames);
    expect(graph.outputs).toEqual(smallConvNet().outputs);
    expect(diagnostics.map(({ message }) => message).join(' ')).toMatch(/Ranges of 4 activations found on 64 examples/);
    expect(outputOf(graph, 'softmax').quantization).toEqual({ dtype: 'int8', scale: 1 / 256, zeroPoint: -128 });
  });

  it.each([
    ['int8', 'int8', -128],
    ['uint8', 'uint8', 0],
  ] as const)('takes and gives %s when asked', async (inputOutput, dtype, zeroPoint) => {
    const { graph } = await quantized(await folded(), { inputOutput });
    expect(graph.values[graph.inputs[0]!]!.quantization!.dtype).toBe(dtype);
    expect(graph.values[graph.outputs[0]!]!.quantization).toEqual({ dtype, scale: 1 / 256, zeroPoint });
    expect(opsOf(graph).filter((op) => op === 'quantize')).toHaveLength(inputOutput === 'uint8' ? 2 : 0);
  });

  it('takes and gives int16 with 16-bit activations, and no other pairing', async () => {
    const { graph } = await quantized(await folded(), { activations: 'int16', inputOutput: 'int16' });
    expect(graph.values[graph.outputs[0]!]!.quantization).toEqual({ dtype: 'int16', scale: 1 / 32768, zeroPoint: 0 });
    await expect(quantized(await folded(), { inputOutput: 'int16' })).rejects.toThrow(/inputOutput is int16 while activations are int8; allowed with them: float, int8, uint8/);
    await expect(quantized(await folded(), { activations: 'int16', inputOutput: 'int8' })).rejects.toThrow(/allowed with them: float, int16/);
  });

  it('finds ranges layer by layer as rules say, and tells what each method predicts', async () => {
    const graph = await folded();
    const name = nodeOf(graph, 'conv2d').name;
    const { diagnostics } = await quantized(graph, {}, undefined, [{ match: name, options: { calibration: 'entropy' } }]);
    const told = diagnostics.map(({ message }) => message).join(' ');
    const { columns, rows } = diagnostics.find(({ table }) => table?.kind === 'calibration')!.table!;
    expect(columns).toEqual(['min-max', 'moving-average', 'percentile', 'entropy', 'mse']);
    expect(rows.map(({ chosen }) => chosen).sort()).toEqual(['entropy', 'entropy', 'mse', 'softmax']);
    for (const { values } of rows) expect(values.every((value) => value === null || value > 0)).toBe(true);
    // Its own output, and the model's input, which it reads.
    expect(told).toMatch(/2 by entropy, 1 by mse/);
    expect(told).toMatch(/by method.*min-max [\d.]+, moving-average [\d.]+, percentile [\d.]+, entropy [\d.]+, mse [\d.]+; as chosen [\d.]+/);
  });

  it('refuses a rule on what holds for the whole model', async () => {
    const graph = await folded();
    const rules = [{ match: nodeOf(graph, 'conv2d').name, options: { activations: 'int16' } }];
    await expect(quantized(graph, {}, undefined, rules)).rejects.toThrow(/activations holds for the whole model, and a rule sets it for/);
  });

  it('is left as it is when it holds integers already', async () => {
    const { graph } = await quantized(await folded());
    const again = await quantized(graph);
    expect(again.graph).toBe(graph);
    expect(again).toMatchObject({ modified: false });
    expect(again.diagnostics[0]!.message).toMatch(/already/);
  });
});

describe('layers kept float', () => {
  it('stand between conversions and are named', async () => {
    const { graph, diagnostics } = await quantized(await folded(), {}, undefined, [{ match: 'dw', keep: true }]);
    expect(opsOf(graph)).toEqual(['quantize', 'conv2d', 'quantize', 'depthwise-conv2d', 'quantize', 'flatten', 'dense', 'softmax', 'quantize']);
    expect(inputOf(graph, 'depthwise-conv2d', 1).tensor!.encoding.kind).toBe('dense');
    expect(diagnostics.map(({ message }) => message).join(' ')).toMatch(/1 of the layers stay float.*depthwise-conv2d: a rule keeps it \(dw\)/);
  });

  it('are those without a kernel; what moves numbers among them stays float too', async () => {
    const { graph, diagnostics } = await quantized(
      around((g, x) => {
        const sin = g.node('sin', 'sin', [x], {}, image);
        const flat = g.node('turn', 'transpose', [sin], { permutation: [0, 2, 1, 3] }, image);
        return g.node('cos', 'cos', [flat], {}, image);
      }),
    );
    expect(opsOf(graph)).toEqual(['quantize', 'conv2d', 'quantize', 'sin', 'transpose', 'cos', 'quantize', 'conv2d', 'quantize']);
    expect(diagnostics.map(({ message }) => message).join(' ')).toMatch(/3 of the layers stay float.*sin: no integer kernel \(sin\); transpose: it stands among float layers/);
  });

  it('draw in single additions between them, which would only cost conversions', async () => {
    const { graph } = await quantized(
      around((g, x) => {
        const sin = g.node('sin', 'sin', [x], {}, image);
        const sum = g.node('sum', 'add', [sin, sin], none, image);
        return g.node('cos', 'cos', [sum], {}, image);
      }),
    );
    expect(outputOf(graph, 'add').quantization).toBeUndefined();
  });

  it('leave a model without any integer kernel unchanged, with a warning', async () => {
    const g = new GraphMaker();
    const graph = g.build([g.node('sin', 'sin', [g.input('x', [-1, 3])], {}, [-1, 3])]);
    const result = await quantized(graph);
    expect(result).toMatchObject({ graph, modified: false });
    expect(result.diagnostics[0]).toMatchObject({ level: 'warning', message: expect.stringMatching(/No layer of this model has an integer kernel/) as unknown });
  });
});

describe('operators that share a grid', () => {
  it.each<[string, Build, readonly number[]]>([
    ['max-pool', (g, x) => g.node('op', 'max-pool', [x], { kernel: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' }, [-1, 3, 3, 4]), [-1, 3, 3, 4]],
    ['average-pool', (g, x) => g.node('op', 'average-pool', [x], { kernel: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' }, [-1, 3, 3, 4]), [-1, 3, 3, 4]],
    ['pad', (g, x) => g.node('op', 'pad', [x], { paddings: [[0, 0], [1, 1], [1, 1], [0, 0]], value: 0 }, [-1, 8, 8, 4]), [-1, 8, 8, 4]],
    ['resize-nearest', (g, x) => g.node('op', 'resize-nearest', [x], { size: [12, 12], alignCorners: false, halfPixelCenters: false }, [-1, 12, 12, 4]), [-1, 12, 12, 4]],
    ['transpose', (g, x) => g.node('op', 'transpose', [x], { permutation: [0, 2, 1, 3] }, image), image],
    ['concat', (g, x) => g.node('op', 'concat', [x, g.node('twice', 'add', [x, x], none, image)], { axis: 3, activation: 'none' }, [-1, 6, 6, 8]), [-1, 6, 6, 8]],
    ['maximum', (g, x) => g.node('op', 'maximum', [x, g.node('twice', 'add', [x, x], none, image)], {}, image), image],
    ['minimum', (g, x) => g.node('op', 'minimum', [x, g.constant('limit', float32Tensor([], [0.3]))], {}, image), image],
  ])('%s', async (op, build, shape) => {
    const { graph } = await quantized(around(build, shape));
    const node = nodeOf(graph, op as 'max-pool');
    const grid = graph.values[node.outputs[0]!]!.quantization;
    expect(grid).toBeDefined();
    expect(graph.values[node.inputs[0]!]!.quantization).toEqual(grid);
    const difference = await differenceOn(around(build, shape), graph, inputsOf(graph));
    expect(difference).toBeLessThan(0.05);
  });

  it('max-pool lets its input saturate at what it drops', async () => {
    const net = around((g, x) => g.node('op', 'max-pool', [x], { kernel: [6, 6], strides: [6, 6], padding: 'valid', activation: 'none' }, [-1, 1, 1, 4]), [-1, 1, 1, 4]);
    const { graph } = await quantized(net, { calibration: 'min-max' });
    const { scale, zeroPoint } = outputOf(graph, 'max-pool').quantization!;
    // Of 36 normal numbers the largest is positive: the grid starts near zero, though the convolution gives negative ones.
    expect((-128 - zeroPoint) * scale).toBeGreaterThan(-0.1);
  });

  it('a fixed grid that a concat cannot share is requantized before it', async () => {
    const net = around((g, x) => g.node('op', 'concat', [g.node('gate', 'sigmoid', [x], {}, image), g.node('twice', 'add', [x, x], none, image)], { axis: 3, activation: 'none' }, [-1, 6, 6, 8]), [-1, 6, 6, 8]);
    const { graph } = await quantized(net);
    expect(outputOf(graph, 'sigmoid').quantization).toEqual({ dtype: 'int8', scale: 1 / 256, zeroPoint: -128 });
    const concat = nodeOf(graph, 'concat');
    const maker = graph.nodes.find((node) => node.outputs[0] === concat.inputs[0])!;
    expect(maker.op).toBe('quantize');
    expect(graph.values[maker.inputs[0]!]!.quantization).toEqual(outputOf(graph, 'sigmoid').quantization);
  });

  it('a value much smaller than what it is joined with keeps its own grid for its other readers', async () => {
    const net = around((g, x) => {
      const big = g.node('big', 'mul', [x, g.constant('hundred', float32Tensor([], [100]))], none, image);
      const joined = g.node('op', 'concat', [x, big], { axis: 3, activation: 'none' }, [-1, 6, 6, 8]);
      const low = g.node('low', 'conv2d', [joined, g.weights('k3', [1, 1, 8, 4], 0.01)], conv, image);
      return g.node('sum', 'add', [low, x], none, image);
    });
    const { graph } = await quantized(net);
    const own = outputOf(graph, 'conv2d').quantization!;
    expect(outputOf(graph, 'concat').quantization!.scale).toBeGreaterThan(20 * own.scale);
    expect(inputOf(graph, 'add', 1).quantization).toEqual(own);
  });

  it('an argmax reads integers and gives whole numbers', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    const y = g.node('dense', 'dense', [x, g.weights('k', [4, 3])], none, [-1, 3]);
    const id = g.node('best', 'argmax', [y], { axis: -1 }, [-1]);
    const built = g.build([id]);
    const net = { ...built, values: { ...built.values, [id]: { ...built.values[id]!, dtype: 'int32' as const } } };
    const { graph } = await quantized(net);
    expect(opsOf(graph)).toEqual(['quantize', 'dense', 'argmax']);
    expect(inputOf(graph, 'argmax').quantization).toBeDefined();
  });

  it('a table of numbers that whole numbers index is on the grid of what comes out', async () => {
    const g = new GraphMaker();
    const indices = g.input('x', [-1, 3]);
    const y = g.node('look', 'gather', [g.weights('table', [10, 4]), indices], { axis: 0, batchDims: 0 }, [-1, 3, 4]);
    const z = g.node('dense', 'dense', [y, g.weights('k', [4, 2])], none, [-1, 3, 2]);
    const built = g.build([z]);
    const net = { ...built, values: { ...built.values, x: { ...built.values.x!, dtype: 'int32' as const } } };
    const examples = { ...examplesOf({ shape: [4, 3], dtype: 'int32', data: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1) }) };
    const { graph } = await quantized(net, {}, examples);
    const table = affineOf(inputOf(graph, 'gather'));
    expect(outputOf(graph, 'gather').quantization).toEqual({ dtype: 'int8', scale: table.scale[0], zeroPoint: table.zeroPoint[0] });
  });

  it('constants and shapes that are whole numbers are left alone', async () => {
    const { graph } = await quantized(around((g, x) => g.node('op', 'reshape', [x, g.constant('shape', int32Tensor([4], [-1, 6, 6, 4]))], { shape: null }, image)));
    expect(inputOf(graph, 'reshape', 1).tensor!.dtype).toBe('int32');
  });
});

describe('dynamic range', () => {
  it('stores kernels as integers and leaves activations float', async () => {
    const { graph, diagnostics } = await quantized(await folded(), { activations: 'float', smallTensors: 100 }, null);
    expect(Object.values(graph.values).some((value) => value.quantization)).toBe(false);
    expect(affineOf(inputOf(graph, 'conv2d', 1))).toMatchObject({ bits: 8, axis: 3 });
    expect(inputOf(graph, 'depthwise-conv2d', 1).tensor!.encoding.kind).toBe('dense');
    expect(diagnostics).toContainEqual(expect.objectContaining({ subject: 'dw/kernel', message: expect.stringMatching(/fewer than 100 weights/) as unknown }));
  });

  it('leaves kernels float that no hybrid kernel takes', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4, 4, 8]);
    const y = g.node('up', 'transpose-conv2d', [x, g.weights('k', [3, 3, 8, 8])], { strides: [2, 2], padding: 'same', dilations: [1, 1], outputPadding: null, activation: 'none' }, [-1, 8, 8, 8]);
    const { graph, diagnostics } = await quantized(g.build([y]), { activations: 'float', smallTensors: 0 });
    expect(inputOf(graph, 'transpose-conv2d', 1).tensor!.encoding.kind).toBe('dense');
    expect(diagnostics[0]!.message).toMatch(/no kernel for integer weights and float activations/);
  });
});

describe('4-bit weights', () => {
  it('stay 8 bits where no kernel takes them, and the layer is named', async () => {
    const { graph, diagnostics } = await quantized(await folded(), { weights: '4' });
    expect(affineOf(inputOf(graph, 'conv2d', 1)).bits).toBe(4);
    expect(affineOf(inputOf(graph, 'depthwise-conv2d', 1)).bits).toBe(8);
    expect(diagnostics.map(({ message }) => message).join(' ')).toMatch(/depthwise-conv2d has no kernel for 4-bit weights \(dw\)/);
  });
});

describe('depthwise layers with several outputs a channel', () => {
  it('have a bias scale for each output', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 5, 5, 3]);
    const y = g.node('dw', 'depthwise-conv2d', [x, g.weights('k', [3, 3, 3, 2]), g.weights('b', [6])], depthwise, [-1, 5, 5, 6]);
    const { graph } = await quantized(g.build([y]), {}, randomExamples(g.build([y]), 32, 3));
    const node = graph.nodes.find((other) => other.op === 'depthwise-conv2d' || other.op === 'conv2d')!;
    expect(affineOf(graph.values[node.inputs[2]!]!).scale).toHaveLength(6);
  });
});
