/** Runs the operators' cases, and provokes the failures that only a real device has. */
import type { Backend, TfjsBackendId, BackendInfo } from '../../../../src/runtime/backend';
import type { CaseResult } from '../../../contracts/op-oracle';
import * as tf from '@tensorflow/tfjs-core';
import { createBackend, listBackends } from '../../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../../src/runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../../../../src/runtime/tfjs/wasm-paths.browser';
import { fusionCases } from '../../../contracts/fusion-cases';
import { allCases, runCase, runFusionCase } from '../../../contracts/op-oracle';
import { gridCases, graphOfGridCase, pooledHalves, requantized, roundedConv } from '../../../runtime/tfjs/grid-cases';
import { smallNet } from '../../../runtime/tfjs/graphs';
import { random } from '../../../runtime/tfjs/numbers';

export type Question =
  | { readonly kind: 'backends' }
  | { readonly kind: 'create'; readonly backend: TfjsBackendId }
  | { readonly kind: 'cases'; readonly backend: TfjsBackendId; readonly from: number; readonly to: number }
  | { readonly kind: 'fusions'; readonly backend: TfjsBackendId }
  | { readonly kind: 'grids'; readonly backend: TfjsBackendId }
  | { readonly kind: 'net'; readonly backend: TfjsBackendId }
  | { readonly kind: 'break shaders' }
  | { readonly kind: 'lose device'; readonly backend: 'webgl' | 'webgpu' };

export interface Answer {
  readonly backends?: readonly BackendInfo[];
  readonly results?: readonly CaseResult[];
  /** Cases that threw, with their message. */
  readonly thrown?: readonly string[];
  readonly count?: number;
  /** Outputs of the cases of grids, and what they should be. */
  readonly grids?: readonly { readonly name: string; readonly given: readonly number[]; readonly wanted: readonly number[] }[];
  /** By the name of the case. */
  readonly differences?: readonly (readonly [string, number])[];
  readonly output?: readonly number[];
  /** Buffers alive before and after. */
  readonly alive?: readonly [number, number];
  readonly error?: { readonly name: string; readonly message: string };
}

configureWasm(browserWasmPaths);

self.onmessage = async (event: MessageEvent<Question>) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
  self.postMessage(await answer(event.data).catch((error: Error): Answer => ({ error: { name: error.name, message: error.message } })));
};

async function answer(question: Question): Promise<Answer> {
  switch (question.kind) {
    case 'backends':
      return { backends: await listBackends() };
    case 'create':
      return { backends: [(await createBackend(question.backend)).info] };
    case 'cases':
      return runCases(await createBackend(question.backend), question.from, question.to);
    case 'fusions':
      return runFusions(await createBackend(question.backend));
    case 'grids':
      return runGrids(await createBackend(question.backend));
    case 'net':
      return runNet(await createBackend(question.backend));
    case 'break shaders':
      // A debugging flag of TensorFlow.js 4.22 whose shader does not parse.
      await createBackend('webgpu');
      tf.env().set('WEBGPU_USE_NAIVE_CONV2D_DEBUG', true);
      tf.env().set('WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL', 0); // small convolutions take that way too
      return {};
    case 'lose device':
      await createBackend(question.backend);
      return lose(question.backend);
    default: {
      const never: never = question;
      return never;
    }
  }
}

async function runCases(backend: Backend, from: number, to: number): Promise<Answer> {
  const results: CaseResult[] = [];
  const thrown: string[] = [];
  for (const one of allCases.slice(from, to)) {
    try {
      results.push(await runCase(one, backend));
    } catch (error) {
      thrown.push(`${one.opCase.op}: ${one.opCase.name}: ${String(error)}`);
    }
  }
  return { results, thrown, count: allCases.length };
}

async function runFusions(backend: Backend): Promise<Answer> {
  const differences: [string, number][] = [];
  for (const one of fusionCases) differences.push([one.name, await runFusionCase(one, backend)]);
  return { differences };
}

async function runGrids(backend: Backend): Promise<Answer> {
  const cases = [
    ...gridCases.map((one) => ({ name: one.name, graph: graphOfGridCase(one), input: { shape: [one.numbers.length], dtype: 'float32', data: Float32Array.from(one.numbers) } as const, expected: one.expected })),
    { name: 'between a convolution and its activation', ...roundedConv() },
    { name: 'means of a pool', ...pooledHalves() },
    { name: 'from grid to grid', ...requantized() },
  ];
  const grids = [];
  for (const { name, graph, input, expected } of cases) {
    const model = await backend.prepare(graph);
    const [y] = await model.run([input]);
    grids.push({ name, given: Array.from(y!.data, (number) => number + 0), wanted: expected });
    model.dispose();
  }
  return { grids };
}

async function runNet(backend: Backend): Promise<Answer> {
  const model = await backend.prepare(smallNet());
  const input = { shape: [2, 8, 8, 3], dtype: 'float32', data: random([2, 8, 8, 3], 9) } as const;
  try {
    const [y] = await model.run([input]);
    const before = backend.tensorCount();
    for (let i = 0; i < 3; i++) await model.run([input]);
    await model.runWith([input], ['a']);
    return { output: [...y!.data], alive: [before, backend.tensorCount()] };
  } finally {
    model.dispose();
  }
}

async function lose(backend: 'webgl' | 'webgpu'): Promise<Answer> {
  const engineBackend = tf.findBackend(backend) as unknown as { device: GPUDevice; gpgpu: { gl: WebGL2RenderingContext } };
  if (backend === 'webgl') engineBackend.gpgpu.gl.getExtension('WEBGL_lose_context')!.loseContext();
  else {
    engineBackend.device.destroy();
    await engineBackend.device.lost;
  }
  return {};
}
