import { describe, expect, it } from 'vitest';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import { readTfjsGraph } from '../../../src/formats/tfjs-graph/read';
import { filesOf, i, ints, list, s, weight, x } from './op-graph';

interface NodeJson {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: object;
}

function readNodes(node: readonly NodeJson[], extra: object = {}) {
  const main = fileOf('model.json', JSON.stringify({ format: 'graph-model', modelTopology: { node }, weightsManifest: [], ...extra }));
  return readTfjsGraph({ main, files: [main], report: ignoreProgress });
}

const input: NodeJson = { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }, { size: '4' }] } } } };

describe('a graph is refused', () => {
  it('with all its unknown ops and their nodes at once', async () => {
    const nodes = [input, { name: 'a', op: 'Magic', input: ['x'] }, { name: 'b', op: 'Magic', input: ['a'] }, { name: 'c', op: 'Trick', input: ['b'] }];
    await expect(readNodes(nodes)).rejects.toMatchObject({ name: 'UnsupportedError', message: expect.stringContaining('Magic (a, b), Trick (c)') });
  });

  it('when it branches', async () => {
    const nodes = [input, { name: 's', op: 'Switch', input: ['x', 'x'] }, { name: 'm', op: 'Merge', input: ['s', 's:1'] }];
    await expect(readNodes(nodes)).rejects.toMatchObject({ name: 'UnsupportedError', message: expect.stringContaining('Switch (s), Merge (m)') });
  });

  it('when it loops', async () => {
    const nodes = [input, { name: 'm', op: 'Merge', input: ['x', 'n'] }, { name: 'n', op: 'NextIteration', input: ['m'] }, { name: 'e', op: 'Exit', input: ['m'] }];
    await expect(readNodes(nodes)).rejects.toMatchObject({ name: 'UnsupportedError', message: expect.stringContaining('NextIteration (n)') });
  });

  it.each([
    ['a cycle', [input, { name: 'a', op: 'Add', input: ['x', 'b'] }, { name: 'b', op: 'Relu', input: ['a'] }, { name: 'c', op: 'Relu', input: ['b'] }], /cycle/],
    ['a node that reads nothing', [input, { name: 'a', op: 'Relu', input: ['y'] }], /reads "y", which does not exist/],
    ['a name twice', [input, input], /lists the node "x" twice/],
    ['an output that is not there', [input, { name: 'a', op: 'Relu', input: ['x'] }, { name: 'b', op: 'Relu', input: ['a:3'] }], /reads output 3 of "a"/],
    ['a constant without a weight', [input, { name: 'w', op: 'Const' }, { name: 'a', op: 'Add', input: ['x', 'w'] }], /lists no weight for the constant "w"/],
    ['too few inputs', [input, { name: 'a', op: 'Add', input: ['x'] }], /"a" \(Add\) has 1 inputs, too few/],
    ['a broken attribute', [input, { name: 'a', op: 'Pack', input: ['x'], attr: { axis: { i: 'one' } } }], /attribute "axis" is no whole number/],
    ['no nodes', [], /has no outputs/],
  ] as const)('when it has %s', async (_, nodes, message) => {
    await expect(readNodes(nodes)).rejects.toMatchObject({ name: 'FormatError', message: expect.stringMatching(message) });
  });

  it('when an axis is computed at run time', async () => {
    const files = filesOf({ op: 'Mean', operands: [x([2, 3]), { ...ints([1]), isConstant: false }] });
    const [main, ...shards] = files.map((file) => fileOf(file.name, file.bytes));
    await expect(readTfjsGraph({ main: main!, files: [main!, ...shards], report: ignoreProgress })).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringContaining('"node" (Mean): the axis is computed at run time'),
    });
  });

  it('when channels come first', async () => {
    const attr = { strides: list([1, 1, 1, 1]), dilations: list([1, 1, 1, 1]), padding: s('SAME'), data_format: s('NCHW') };
    const [main, ...shards] = filesOf({ op: 'Conv2D', operands: [x([1, 3, 4, 4]), weight([1, 1, 3, 2])], attr }).map((file) => fileOf(file.name, file.bytes));
    await expect(readTfjsGraph({ main: main!, files: [main!, ...shards], report: ignoreProgress })).rejects.toThrow(/channels first/);
  });
});

describe('names and metadata', () => {
  it('are kept: the signature gives the order, control edges and unused nodes are left out', async () => {
    const nodes = [
      input,
      { name: 'y', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } },
      { name: 'unused', op: 'Magic', input: ['x'] },
      { name: 'a', op: 'Relu', input: ['x', '^unused'] },
      { name: 'b', op: 'Add', input: ['a', 'y'] },
    ];
    const recipe = { version: 1, steps: [] };
    const { graph, recipe: found } = await readNodes(nodes, {
      generatedBy: '2.9', convertedBy: 'TensorFlow.js Converter v4',
      userDefinedMetadata: {
        whittleRecipe: recipe,
        signature: { inputs: { second: { name: 'y:0' }, first: { name: 'x:0' } }, outputs: { sum: { name: 'b:0' }, half: { name: 'a:0' } } },
      },
    });
    expect(graph.inputNames).toEqual(['second', 'first']);
    expect(graph.outputNames).toEqual(['sum', 'half']);
    expect(graph.nodes.map((node) => node.name).sort()).toEqual(['a', 'b']);
    expect(graph.source.producer).toBe('2.9, TensorFlow.js Converter v4');
    expect(found).toEqual(recipe);
  });

  it('of a recipe leave and come back', async () => {
    const { writeTfjsGraph: write } = await import('../../../src/formats/tfjs-graph/write');
    const { graph } = await readNodes([input, { name: 'a', op: 'Relu', input: ['x'] }]);
    const recipe = { version: 1, steps: [{ pass: 'clean-up', options: {}, rules: [] }] } as const;
    const { files } = await write(graph, { weights: 'as-is' }, recipe);
    const [main, ...shards] = files.map((file) => fileOf(file.name, file.bytes));
    const again = await readTfjsGraph({ main: main!, files: [main!, ...shards], report: ignoreProgress });
    expect(again.recipe).toEqual(recipe);
    expect(again.graph.nodes.map((node) => node.name)).toEqual(['a']);
  });

  it('an op that waits for the number of a part says which', async () => {
    await expect(readNodes([input, { name: 'a', op: 'Unpack', input: ['x'], attr: { axis: i(1), num: i(3) } }])).rejects.toMatchObject({ name: 'FormatError' });
  });
});
