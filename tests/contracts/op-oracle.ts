/**
 * Runs one case of an operator twice: by TensorFlow.js's own functions on its cpu backend, and by our executor. Used in
 * Node for cpu and wasm and in the browser for webgl and webgpu, so it imports neither.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Backend, Batch } from '../../src/runtime/backend';
import { inferShapes } from '../../src/ops/infer-shapes';
import { graphOfCase } from '../ops/graph-of-case';
import { runWithTfjs } from '../ops/tfjs-oracle';
import { relativeDifference } from '../runtime/tfjs/numbers';
import type { OpCase } from './op-cases';
import { executorCases, type ExecutorCase } from './executor-cases';
import { fusionOracle, type FusionCase } from './fusion-cases';
import { numbersOf, opCases } from './op-cases';

export const allCases: readonly ExecutorCase[] = [
  ...opCases.map((opCase) => ({ opCase })),
  // What is a constant shape, size or index there may also be computed by the graph.
  ...opCases.filter(({ inputs }) => inputs.some((input) => input?.constant && input.dtype === 'int32')).map((opCase) => ({ opCase: withoutConstants(opCase) })),
  ...executorCases,
];

function withoutConstants(opCase: OpCase): OpCase {
  const inputs = opCase.inputs.map((input) => input && { ...input, constant: false });
  return { ...opCase, name: `${opCase.name}, constants as inputs`, inputs } as OpCase;
}


export interface CaseResult {
  readonly name: string;
  /** Largest over all outputs, relative to the largest magnitude of the output. */
  readonly difference: number;
  /** What the shapes and types are, ours and as wanted: `float32 [2, 3]`, … */
  readonly types: readonly string[];
  readonly wantedTypes: readonly string[];
  /** Buffers and tensors that are alive after the run and were not before. */
  readonly leaked: number;
}

/** The outputs of TensorFlow.js, nothing left behind. */
export async function oracleOf({ opCase, oracle }: ExecutorCase): Promise<{ shape: number[]; data: ArrayLike<number> }[]> {
  tf.engine().startScope();
  try {
    const outputs = oracle ? await runOwn(opCase, oracle) : await runWithTfjs(opCase);
    return await Promise.all(outputs.map(async (output) => ({ shape: output.shape.slice(), data: Float64Array.from(await output.data()) })));
  } finally {
    tf.engine().endScope();
  }
}

export async function runCase(executorCase: ExecutorCase, backend: Backend): Promise<CaseResult> {
  const { opCase } = executorCase;
  const wanted = await oracleOf(executorCase);
  // With shapes worked out, as every reader gives them.
  const graph = inferShapes(graphOfCase(opCase));
  const model = await backend.prepare(graph);
  const inputs = opCase.inputs.flatMap((input, i): Batch[] => {
    if (!input || input.constant) return [];
    const numbers = numbersOf(opCase, i);
    if (input.dtype === 'int32') return [{ shape: input.shape, dtype: 'int32', data: Int32Array.from(numbers) }];
    if (input.dtype === 'bool') return [{ shape: input.shape, dtype: 'bool', data: Uint8Array.from(numbers) }];
    return [{ shape: input.shape, dtype: 'float32', data: Float32Array.from(numbers) }];
  });
  try {
    await model.run(inputs); // some kernels of TensorFlow.js keep a buffer from their first run on
    const before = alive(backend);
    const outputs = await model.run(inputs);
    return {
      name: `${opCase.op}: ${opCase.name}`,
      difference: Math.max(...outputs.map((output, i) => relativeDifference(output.data, wanted[i]?.data ?? []))),
      types: outputs.map(({ dtype, shape }) => typeText(dtype, shape)),
      // The types are the graph's own (checked elsewhere against TensorFlow.js), the shapes TensorFlow.js's.
      wantedTypes: graph.outputs.map((id, i) => typeText(graph.values[id]!.dtype, wanted[i]?.shape ?? [])),
      leaked: alive(backend) - before,
    };
  } finally {
    model.dispose();
  }
}

/** The largest relative difference of a product with what is merged into it. */
export async function runFusionCase(fusionCase: FusionCase, backend: Backend): Promise<number> {
  const wanted = await fusionOracle(fusionCase);
  const { product, graph } = fusionCase;
  const model = await backend.prepare(graph);
  try {
    const [y] = await model.run([{ shape: product.inputs[0]!.shape, dtype: 'float32', data: Float32Array.from(numbersOf(product, 0)) }]);
    return relativeDifference(y!.data, wanted);
  } finally {
    model.dispose();
  }
}

async function runOwn(opCase: OpCase, oracle: NonNullable<ExecutorCase['oracle']>): Promise<tf.Tensor[]> {
  await tf.setBackend('cpu');
  return oracle(opCase.inputs.map((input, i) => tf.tensor([...numbersOf(opCase, i)], [...input!.shape], input!.dtype)));
}

function alive(backend: Backend): number {
  return Math.max(backend.tensorCount(), 0) + tf.memory().numTensors;
}

function typeText(dtype: string, shape: readonly number[]): string {
  return `${dtype} [${shape.join(', ')}]`;
}
