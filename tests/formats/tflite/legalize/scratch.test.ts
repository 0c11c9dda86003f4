import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { elementwiseCases } from '../../../ops/cases/elementwise';
import { linearCases } from '../../../ops/cases/linear';
import { movementCases } from '../../../ops/cases/movement';
import { numbersOf } from '../../../ops/cases/op-case';
import { recurrentCases } from '../../../ops/cases/recurrent';
import { graphOfCase } from '../../../ops/graph-of-case';
import { runWithTfjs } from '../../../ops/tfjs-oracle';
import { relativeDifference } from '../../../runtime/tfjs/numbers';
import { legalizeCases } from './cases';
import { inferShapes } from '../../../../src/ops/infer-shapes';
import { writeFileSync } from 'node:fs';
import { raiseGraph } from '../../../../src/formats/tflite/raise';
import { encodeModel } from '../../../../src/formats/tflite/encode';
import { versionOf } from '../../../../src/formats/tflite/op-versions';
import { createFileBackend } from '../../../../src/runtime/litert/backends';
import { configureLiteRt } from '../../../../src/runtime/litert/files';
import { nodeLiteRtFiles } from '../../../../src/runtime/litert/files.node';
import type { Node, Value, Graph } from '../../../../src/ir/graph';
export function bytesOf(graph: Graph, batch = 1): Uint8Array {
  const { builder, inputs, outputs, inputNames, outputNames } = raiseGraph(graph, batch);
  const { tensors, operators: all, ...ends } = builder.finish(inputs, outputs);
  const operators = process.env.NOZ ? all.filter((o: any) => o.op !== 'ZEROS_LIKE' && o.name !== 'ZEROS_LIKE' && o.builtin !== 'ZEROS_LIKE') : all;
  const versioned = operators.map((operator: any) => ({ ...operator, version: versionOf(operator, tensors) }));
  return encodeModel({ version: 3, description: 'x', subgraphs: [{ name: '', tensors, operators: versioned, ...ends }], signatures: [{ key: 'serving_default', subgraph: 0,
    inputs: inputNames.map((name: string, k: number) => ({ name, tensor: ends.inputs[k]! })), outputs: outputNames.map((name: string, k: number) => ({ name, tensor: ends.outputs[k]! })) }], metadata: [] } as any);
}
async function startLiteRt() { configureLiteRt(nodeLiteRtFiles); return createFileBackend('litert-wasm'); }
async function runWritten(backend: any, graph: Graph, inputs: any[], name: string) {
  const bytes = bytesOf(graph);
  writeFileSync('/tmp/leg/' + name.replace(/[^a-z0-9]+/gi, '_') + '.tflite', bytes);
  const model = await backend.prepare(bytes, graph);
  try { await model.run(inputs); return await model.run(inputs); } finally { model.dispose(); }
}
function withoutFlags(graph: Graph): Graph {
  const values: Record<string, Value> = { ...graph.values };
  const isFlag = (id: string): boolean => values[id]!.dtype === 'bool';
  const number = (id: string): string => { const own = `${id}/number`; values[own] = { ...values[id]!, id: own, name: own, dtype: 'int32' }; return own; };
  const cast = (from: string, to: string, dtype: 'bool' | 'int32'): Node => ({ id: `cast ${from}`, name: `cast ${from}`, op: 'cast', inputs: [from], outputs: [to], attributes: { dtype } });
  const before: Node[] = []; const after: Node[] = [];
  const inputs = graph.inputs.map((id) => { if (!isFlag(id)) return id; const own = number(id); before.push(cast(own, id, 'bool')); return own; });
  const outputs = graph.outputs.map((id) => { if (!isFlag(id)) return id; const own = number(id); after.push(cast(id, own, 'int32')); return own; });
  return { ...graph, inputs, outputs, values, nodes: [...before, ...graph.nodes, ...after] };
}
const cases = [...elementwiseCases, ...linearCases, ...movementCases, ...recurrentCases, ...legalizeCases];
describe('litert', () => {
  let backend: any;
  beforeAll(async () => { backend = await startLiteRt(); });
  afterAll(() => backend.dispose());
  it.each(cases.map((of) => [`${of.op}: ${of.name}`, of] as const))('%s', async (_, of) => {
    const graph = withoutFlags(inferShapes(graphOfCase(of)));
    const batches = of.inputs.flatMap((input, i): any[] => {
      if (!input || input.constant) return [];
      const n = numbersOf(of, i);
      return [{ shape: input.shape, dtype: input.dtype === 'bool' ? 'int32' : input.dtype, data: input.dtype === 'float32' ? Float32Array.from(n) : Int32Array.from(n) }];
    });
    const actual = await runWritten(backend, graph, batches, of.op + '_' + of.name);
    const expected = await runWithTfjs(of);
    for (const [i, out] of actual.entries()) {
      expect(out.shape).toEqual(expected[i]!.shape);
      expect(relativeDifference(out.data, (await expected[i]!.data()) as any)).toBeLessThan(2e-6);
    }
  });
});
