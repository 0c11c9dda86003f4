/** The twin with real numbers at its borders: same names, same function, grids kept inside. */
import { describe, expect, it } from 'vitest';
import { floatTwin } from '../../src/engine/float-twin';
import { checkGraph } from '../../src/ir/check';
import type { Graph } from '../../src/ir/graph';
import type { Quantization } from '../../src/ir/quantization';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { smallConvNet } from '../ir/graphs';
import { inputsOf } from '../passes/run-graph';

const grid: Quantization = { dtype: 'int8', scale: 0.0625, zeroPoint: 3 };

/** A net whose borders stand on grids; what is inside does not matter here. */
function integerBorders(): Graph {
  const graph = smallConvNet();
  const values = { ...graph.values };
  for (const id of [...graph.inputs, ...graph.outputs]) values[id] = { ...values[id]!, quantization: grid };
  return { ...graph, values };
}

describe('the float twin', () => {
  it('is the graph itself when its borders are floats', () => {
    const graph = smallConvNet();
    expect(floatTwin(graph)).toBe(graph);
  });

  it('has the same names outside, no grids there, and the grids behind', () => {
    const graph = integerBorders();
    const twin = floatTwin(graph);
    checkGraph(twin, 'twin');
    expect(twin.inputNames).toEqual(graph.inputNames);
    expect(twin.outputNames).toEqual(graph.outputNames);
    for (const id of [...twin.inputs, ...twin.outputs]) expect(twin.values[id]!.quantization).toBeUndefined();
    expect(twin.inputs.map((id) => twin.values[id]!.name)).toEqual(graph.inputs.map((id) => graph.values[id]!.name));
    for (const id of [...graph.inputs, ...graph.outputs]) expect(twin.values[id]!.quantization).toEqual(grid);
    expect(twin.nodes.filter((node) => node.op === 'quantize')).toHaveLength(graph.inputs.length + graph.outputs.length);
  });

  it('gives the same numbers', async () => {
    const graph = integerBorders();
    const backend = await createBackend('cpu');
    const inputs = inputsOf(graph);
    const [model, twin] = [await backend.prepare(graph), await backend.prepare(floatTwin(graph))];
    expect((await twin.run(inputs)).map(({ data }) => [...data])).toEqual((await model.run(inputs)).map(({ data }) => [...data]));
    model.dispose();
    twin.dispose();
  });
});
