/** Writes a graph as TensorFlow Lite and runs the bytes in LiteRT in Node. */
import type { Graph, Node, Value } from '../../../src/ir/graph';
import type { Shape } from '../../../src/ir/tensor';
import { defaultsOf } from '../../../src/options/options';
import { tfliteOptions } from '../../../src/formats/tflite/meta';
import { writeTflite } from '../../../src/formats/tflite/write';
import { inferShapes } from '../../../src/ops/infer-shapes';
import type { Batch, FileBackend } from '../../../src/runtime/backend';
import { createFileBackend } from '../../../src/runtime/litert/backends';
import { configureLiteRt } from '../../../src/runtime/litert/files';
import { nodeLiteRtFiles } from '../../../src/runtime/litert/files.node';

export function startLiteRt(): Promise<FileBackend> {
  configureLiteRt(nodeLiteRtFiles);
  return createFileBackend('litert-wasm');
}

/** The graph for inputs of these shapes. */
export function sizedFor(graph: Graph, shapes: readonly Shape[]): Graph {
  return inferShapes(graph, Object.fromEntries(graph.inputs.map((id, i) => [id, shapes[i]!])));
}

export async function bytesOfGraph(graph: Graph): Promise<Uint8Array> {
  const { files } = await writeTflite(graph, defaultsOf(tfliteOptions), undefined);
  return files[0]!.bytes;
}

/** Twice, so that a state that a file keeps by mistake shows; gives the outputs of the second run. */
export async function runWritten(backend: FileBackend, graph: Graph, inputs: readonly Batch[]): Promise<Batch[]> {
  const model = await backend.prepare(await bytesOfGraph(graph), graph);
  try {
    await model.run(inputs);
    return await model.run(inputs);
  } finally {
    model.dispose();
  }
}

/** LiteRT's JavaScript takes and gives numbers only: flags cross the border as whole numbers. */
export function withoutFlags(graph: Graph): Graph {
  const values: Record<string, Value> = { ...graph.values };
  const isFlag = (id: string): boolean => values[id]!.dtype === 'bool';
  const number = (id: string): string => {
    const own = `${id}/number`;
    values[own] = { ...values[id]!, id: own, name: own, dtype: 'int32' };
    return own;
  };
  const cast = (from: string, to: string, dtype: 'bool' | 'int32'): Node => ({
    id: `cast ${from}`, name: `cast ${from}`, op: 'cast', inputs: [from], outputs: [to], attributes: { dtype },
  });
  const before: Node[] = [];
  const after: Node[] = [];
  const inputs = graph.inputs.map((id) => {
    if (!isFlag(id)) return id;
    const own = number(id);
    before.push(cast(own, id, 'bool'));
    return own;
  });
  const outputs = graph.outputs.map((id) => {
    if (!isFlag(id)) return id;
    const own = number(id);
    after.push(cast(id, own, 'int32'));
    return own;
  });
  return { ...graph, inputs, outputs, values, nodes: [...before, ...graph.nodes, ...after] };
}
