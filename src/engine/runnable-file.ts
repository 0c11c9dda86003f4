/**
 * A graph as a .tflite file that LiteRT runs: the very bytes that were opened where that is possible, else written anew for a
 * fixed batch, with real numbers at its borders where LiteRT takes no others.
 */
import type { Graph } from '../ir/graph';
import { withOpenStates } from '../ir/states';
import type { Shape } from '../ir/tensor';
import { messageOf, WhittleError } from '../lib/errors';
import { readBytes, type SourceFile } from '../lib/source-file';
import { loadFormat } from '../formats/index';
import { inferShapes } from '../ops/infer-shapes';
import { defaultsOf } from '../options/options';
import type { LiteRtBackendId } from '../runtime/backend';
import { fixedBatchOf } from './fixed-batch';
import { floatTwin } from './float-twin';

export interface RunnableFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The graph that the bytes hold. */
  readonly graph: Graph;
  /** Examples that it takes at a time; null: it has no inputs that share one. */
  readonly batch: number | null;
  /** How it differs from the file that a person has or gets; empty: those very bytes. */
  readonly differs: string;
}

/** What a file is to be made for. */
export interface RunnableWish {
  readonly backend: LiteRtBackendId;
  /** Examples at a time, where the graph leaves it open. */
  readonly batch: number;
  /** Shapes of the inputs as they will come; their first dimension does not matter. */
  readonly shapes: readonly Shape[];
}

/** `file`: the .tflite that the graph was read from, unchanged since. Throws an ExportError when the graph cannot be written. */
export async function runnableFile(source: Graph, wish: RunnableWish, file: SourceFile | null): Promise<RunnableFile> {
  // A file would keep its states to itself and go on from them at the next run.
  const graph = withOpenStates(source);
  const batch = fixedBatchOf(graph);
  const isFloat = takesBorders(graph, wish.backend);
  const isStatic = graph.inputs.every((id) => graph.values[id]!.shape?.every((size) => size >= 0));
  if (file && isFloat && isStatic && graph === source) {
    const bytes = await readBytes(file);
    if (!(await isSparseAndQuantized(bytes))) return { bytes, graph, batch, differs: '' };
  }
  const fixed = withShapes(isFloat ? graph : floatTwin(graph), batch ?? wish.batch, wish.shapes);
  const differs = [
    graph === source ? '' : 'with its variables as inputs and outputs, so that every run starts alike',
    isFloat ? '' : 'with real numbers at its borders, since LiteRT in JavaScript takes no int8 and no int16',
    batch === null && wish.batch !== 1 ? `for ${wish.batch} examples at a time` : '',
  ];
  return { bytes: await tfliteBytes(fixed, batch ?? wish.batch), graph: fixed, batch: fixedBatchOf(fixed), differs: differs.filter(Boolean).join(', ') };
}

/** uint8 is taken on WASM; nothing else but floats and whole numbers is anywhere. */
export function takesBorders(graph: Graph, backend: LiteRtBackendId): boolean {
  return [...graph.inputs, ...graph.outputs].every((id) => {
    const grid = graph.values[id]!.quantization;
    return !grid || (grid.dtype === 'uint8' && backend === 'litert-wasm');
  });
}

/** Every dimension known, as LiteRT in JavaScript demands. */
function withShapes(graph: Graph, batch: number, shapes: readonly Shape[]): Graph {
  const known = graph.inputs.map((id, i): [string, Shape] => {
    const shape = graph.values[id]!.shape ?? shapes[i] ?? [];
    return [id, shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? batch : (shapes[i]?.[axis] ?? size)))];
  });
  return inferShapes(graph, Object.fromEntries(known));
}

async function tfliteBytes(graph: Graph, batch: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const format = await loadFormat('tflite');
    const { files } = await format.write(graph, { ...defaultsOf(format.meta.writeOptions), batch }, undefined);
    return files[0]!.bytes;
  } catch (error) {
    throw new WhittleError('ExportError', `LiteRT runs .tflite files, and this model cannot be written as one. ${messageOf(error)}`, { cause: error });
  }
}

/** LiteRT computes such files wrongly without a word. */
async function isSparseAndQuantized(bytes: Uint8Array): Promise<boolean> {
  const { decodeModel } = await import('../formats/tflite/decode');
  const tensors = decodeModel(bytes).subgraphs.flatMap((subgraph) => subgraph.tensors);
  return tensors.some((tensor) => tensor.sparsity) && tensors.some((tensor) => tensor.quantization);
}
