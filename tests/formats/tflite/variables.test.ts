/**
 * Models that keep variables from one run to the next, against what TensorFlow Lite's interpreter answered step by step
 * (tests/fixtures/tflite-streaming), and files that use variables in ways that are refused.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlatModel, FlatOperator, FlatSubgraph, FlatTensor } from '../../../src/formats/tflite/flat-model';
import { decodeModel } from '../../../src/formats/tflite/decode';
import { encodeModel } from '../../../src/formats/tflite/encode';
import { lowerModel } from '../../../src/formats/tflite/lower';
import type { Graph } from '../../../src/ir/graph';
import { initialBatches, statesOf, withOpenStates } from '../../../src/ir/states';
import { decodeFloats } from '../../../src/ir/tensor';
import type { Backend, Batch, FileBackend } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { relativeDifference } from '../../runtime/tfjs/numbers';
import { bytesOf, flatOperator, flatTensor } from './flat-models';
import { bytesOfGraph, startLiteRt } from './run-written';

const folder = new URL('../../fixtures/tflite-streaming/', import.meta.url);
const { steps, cases } = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')) as {
  steps: number;
  cases: Record<string, { inputs: Stored; outputs: Stored }>;
};
interface Stored {
  readonly shape: readonly number[];
  readonly data: string;
}
const names = Object.keys(cases);

/** float32 in another order; the integers of both runtimes are the same. */
const TOLERANCE = 1e-6;

let cpu: Backend;
let liteRt: FileBackend;
beforeAll(async () => {
  cpu = await createBackend('cpu');
  liteRt = await startLiteRt();
});
afterAll(() => {
  cpu.dispose();
  liteRt.dispose();
});

const modelOf = (name: string): FlatModel => decodeModel(new Uint8Array(readFileSync(new URL(`${name}.tflite`, folder))));
const graphOf = (model: FlatModel): Graph => lowerModel(model, 'model.tflite', 'model').graph;

/** One step a row. */
function rowsOf({ shape: [, ...shape], data }: Stored): Batch[] {
  const numbers = new Float32Array(new Uint8Array(Buffer.from(data, 'base64')).buffer);
  const length = numbers.length / steps;
  return Array.from({ length: steps }, (_, step) => ({ shape, dtype: 'float32', data: numbers.slice(step * length, (step + 1) * length) }));
}

describe('a model with variables', () => {
  it.each(names)('%s gives what the interpreter gives at every step, when its states go round', async (name) => {
    const graph = graphOf(modelOf(name));
    const states = statesOf(graph);
    expect(states.length).toBe(2);
    const model = await cpu.prepare(graph);
    let held = initialBatches(graph, 1).slice(1).map((batch) => batch!);
    for (const [step, input] of rowsOf(cases[name]!.inputs).entries()) {
      const outputs = await model.run([input, ...held]);
      expect(relativeDifference(outputs[0]!.data, rowsOf(cases[name]!.outputs)[step]!.data)).toBeLessThan(TOLERANCE);
      held = states.map(({ outputPlace }) => outputs[outputPlace]!);
    }
    model.dispose();
  });

  it.each(names)('%s keeps its variables in the file that is written, which remembers in LiteRT what it should', async (name) => {
    const graph = graphOf(modelOf(name));
    const bytes = await bytesOfGraph(graph);
    const again = graphOf(decodeModel(bytes));
    expect(again.inputNames).toEqual(graph.inputNames);
    expect(again.outputNames).toEqual(graph.outputNames);
    expect(again.source.states).toEqual(graph.source.states);

    const borders = { ...graph, inputs: graph.inputs.slice(0, 1), inputNames: graph.inputNames.slice(0, 1), outputs: graph.outputs.slice(0, 1), outputNames: graph.outputNames.slice(0, 1) };
    const file = await liteRt.prepare(bytes, borders);
    for (const [step, input] of rowsOf(cases[name]!.inputs).entries()) {
      const [output] = await file.run([input]);
      expect(relativeDifference(output!.data, rowsOf(cases[name]!.outputs)[step]!.data)).toBeLessThan(TOLERANCE);
    }
    file.dispose();
  });

  it('is written with its states as inputs and outputs when they are opened', async () => {
    const open = withOpenStates(graphOf(modelOf('streaming-float32')));
    const { subgraphs } = decodeModel(await bytesOfGraph(open));
    expect(subgraphs.length).toBe(1);
    expect([subgraphs[0]!.inputs.length, subgraphs[0]!.outputs.length]).toEqual([3, 3]);
  });

  it('has one grid before and after a run, whatever a recipe made of both ends', async () => {
    const graph = graphOf(modelOf('streaming-float32'));
    const { inputPlace, initial } = statesOf(graph).find(({ name }) => name === 'average')!;
    const id = graph.inputs[inputPlace]!;
    const [onGrid, off] = [{ ...graph.values[id]!, quantization: { dtype: 'int8' as const, scale: 0.125, zeroPoint: 3 } }, `${id}/off`];
    const entering = { id: off, name: off, op: 'quantize' as const, inputs: [id], outputs: [off], attributes: {} };
    const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((input) => (input === id ? off : input)) }) as typeof node);
    const { quantization: _, ...plain } = onGrid;
    const mixed: Graph = { ...graph, values: { ...graph.values, [id]: onGrid, [off]: { ...plain, id: off, name: off } }, nodes: [entering, ...nodes] };
    const { subgraphs: [main, start] } = decodeModel(await bytesOfGraph(mixed));
    const assigned = [main!, start!].map(({ operators, tensors }) => operators.filter(({ op }) => op === 'ASSIGN_VARIABLE').map(({ inputs }) => tensors[inputs[1]!]!).find(({ type }) => type === 'INT8')!);
    expect(assigned.map(({ quantization }) => [quantization!.scale[0], quantization!.zeroPoint[0]])).toEqual([[0.125, 3], [0.125, 3]]);
    expect([...assigned[1]!.data!]).toEqual(Array.from(decodeFloats(initial), (number) => number / 0.125 + 3));
  });

  it('starts from what the file says, example by example', () => {
    const graph = graphOf(modelOf('streaming-float32'));
    const average = statesOf(graph).find(({ name }) => name === 'average')!;
    expect([...decodeFloats(average.initial)]).toEqual(new Array(8).fill(0.25));
    expect(initialBatches(graph, 3).map((batch) => batch?.shape ?? null)).toEqual([null, [3, 2, 1, 6], [3, 8]]);
    expect([...initialBatches(graph, 3)[average.inputPlace]!.data]).toEqual(new Array(24).fill(0.25));
  });
});

const handle = (tensor: number, sharedName: string): FlatOperator =>
  flatOperator('VAR_HANDLE', [], [tensor], { options: { table: 'VarHandleOptions', fields: { container: '', sharedName } } });
const callOnce = (initSubgraphIndex: number): FlatOperator => flatOperator('CALL_ONCE', [], [], { options: { table: 'CallOnceOptions', fields: { initSubgraphIndex } } });
const RESOURCE = flatTensor({ type: 'RESOURCE', shape: [] });
const zeros = flatTensor({ data: bytesOf(new Float32Array(6)) });

/** x in tensor 0, the handle of "v" in 1, four more like x. */
function using(operators: readonly FlatOperator[], outputs: readonly number[], initial?: Partial<FlatSubgraph>, tensor: Partial<FlatTensor> = {}): FlatModel {
  const tensors = [flatTensor({ name: 'x' }), RESOURCE, ...Array.from({ length: 4 }, (_, i) => flatTensor({ name: `t${i}`, ...tensor }))];
  const start: FlatSubgraph = { name: '', tensors: [RESOURCE, zeros], inputs: [], outputs: [], operators: [handle(0, 'v'), flatOperator('ASSIGN_VARIABLE', [0, 1], [])], ...initial };
  return { description: '', subgraphs: [{ name: '', tensors, operators, inputs: [0], outputs }, start], signatures: [], metadata: [] };
}

function outcome(model: FlatModel): string {
  try {
    lowerModel(decodeModel(encodeModel(model)), 'model.tflite', 'model');
    return 'read';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

const begin = [callOnce(1), handle(1, 'v')];
const read = (to: number): FlatOperator => flatOperator('READ_VARIABLE', [1], [to]);
const assign = (from: number): FlatOperator => flatOperator('ASSIGN_VARIABLE', [1, from], []);
const add = (a: number, b: number, to: number): FlatOperator => flatOperator('ADD', [a, b], [to]);

describe('the use of a variable', () => {
  it('before it is assigned is a state, after it what was assigned', () => {
    const { graph } = lowerModel(using([...begin, read(2), add(0, 2, 3), assign(3), read(4), flatOperator('ABS', [4], [5])], [5]), 'model.tflite', 'model');
    expect(graph.source.states).toMatchObject([{ name: 'v', input: 'v' }]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['add', 'abs']);
    expect(graph.nodes[1]!.inputs).toEqual(graph.nodes[0]!.outputs);
  });

  it('without an assignment is a constant, and without reading before it none at all', () => {
    const constant = graphOf(using([...begin, read(2), add(0, 2, 3)], [3]));
    expect([constant.inputs.length, constant.source.states]).toEqual([1, undefined]);
    const forgotten = graphOf(using([...begin, assign(0), read(2), flatOperator('ABS', [2], [3])], [3]));
    expect([forgotten.inputs.length, forgotten.source.states]).toEqual([1, undefined]);
  });

  const plain = [...begin, read(2), add(0, 2, 3), assign(3)];
  it.each([
    ['as it should be', using(plain, [3]), /^read$/],
    ['that calls itself', using([callOnce(0), ...plain.slice(1)], [3]), /FormatError: .*calls graph 0 of 2 once/],
    ['that calls a graph that is not there', using([callOnce(7), ...plain.slice(1)], [3]), /FormatError: .*calls graph 7 of 2 once/],
    ['whose first graph calls on and on', using(plain, [3], { operators: [callOnce(1)] }), /UnsupportedError: .*sets its variables by a computation \(CALL_ONCE\)/],
    ['that starts from a computation', using(plain, [3], { tensors: [RESOURCE, flatTensor()] }), /UnsupportedError: .*sets its variables by a computation/],
    ['that has no value to start with', using(plain.slice(1), [3]), /UnsupportedError: .*reads the variable "v" before it has a value/],
    ['of which nothing tells the name', using([callOnce(1), read(2), add(0, 2, 3)], [3]), /UnsupportedError: .*a variable that READ_VARIABLE is given and does not name/],
    ['of another shape than its first value', using(plain, [3], {}, { shape: [3, 2] }), /UnsupportedError: .*"v" with another type, shape or scale/],
    ['of another type than its first value', using(plain, [3], {}, { type: 'INT32' }), /UnsupportedError: .*"v" with another type, shape or scale/],
    ['that grows from run to run', using([...begin, read(2), flatOperator('CONCATENATION', [2, 2], [3], { options: { table: 'ConcatenationOptions', fields: { axis: 0, fusedActivationFunction: 0 } } }), assign(3)], [3]), /FormatError: .*"v" is \[2, 3\] before a run and \[4, 3\] after it/],
    ['that is set again in the middle', using([handle(1, 'v'), callOnce(1), read(2), callOnce(1), assign(0)], [2]), /UnsupportedError: .*sets its variables after they were read/],
    ['that is passed on', using([...begin, flatOperator('ABS', [1], [2])], [2]), /Error: /],
    ['whose first value is far larger than the file', using([...begin, read(2), add(2, 2, 3), assign(3)], [3], { tensors: [RESOURCE, flatTensor({ shape: [2 ** 15, 2 ** 15], data: new Uint8Array(24) })] }, { shape: [2 ** 15, 2 ** 15] }), /FormatError: The constants up to "v" hold/],
  ])('%s: read, or refused in words', (_, model, words) => {
    expect(outcome(model)).toMatch(words);
  });
});
