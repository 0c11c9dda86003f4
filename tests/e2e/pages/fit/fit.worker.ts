/** Trains the toy net with everything that holds tensors: a teacher, a mask, learned scales, a hint, epochs measured on a held-out part. */
import { memory } from '@tensorflow/tfjs-core';
import type { TfjsBackendId } from '../../../../src/runtime/backend';
import { createBackend } from '../../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../../src/runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../../../../src/runtime/tfjs/wasm-paths.browser';
import type { TrainingRequest } from '../../../../src/training/training';
import { request, run, toyData, toyNet } from '../../../training/toy';

export interface Question {
  readonly backend: TfjsBackendId;
  readonly epochs: number;
}

export interface Answer {
  readonly steps: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** Tensors and buffers that are left when the training is over, less those that were there before it. */
  readonly leftTensors: number;
  readonly leftBuffers: number;
}

configureWasm(browserWasmPaths);

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const answer = await train(data);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
  self.postMessage(answer);
};

async function train({ backend, epochs }: Question): Promise<Answer> {
  await createBackend(backend);
  const asked = lesson(epochs);
  // What a backend keeps for itself (compiled programs, a uniform) is there after the first step.
  await run({ ...asked, settings: { ...asked.settings, epochs: 1 } }, toyData(32), { backend });
  const before = memory();
  const { history } = await run(asked, toyData(64), { backend });
  const after = memory();
  return {
    steps: history.at(-1)!.step,
    firstLoss: history[0]!.loss,
    lastLoss: history.at(-1)!.loss,
    leftTensors: after.numTensors - before.numTensors,
    leftBuffers: after.numDataBuffers - before.numDataBuffers,
  };
}

function lesson(epochs: number): TrainingRequest {
  const mask = { kind: 'mask', pattern: { kind: 'unstructured' }, initialSparsity: 0, finalSparsity: 0.5, from: 0, to: 0.5, everySteps: 5, group: null, ranking: 'magnitude' } as const;
  const affine = { kind: 'affine', bits: 8, symmetric: true, axis: 3, blockSize: null, range: 'learned', scale: new Float32Array(6).fill(0.01), zeroPoint: null } as const;
  return request(
    toyNet({ dropout: 0.2 }),
    {
      constraints: { 'dense/kernel': [mask], 'conv/kernel': [affine] },
      teacher: toyNet({ width: 4 }),
      objective: { labelWeight: 0.7, temperature: 2, hints: [{ student: 'relu:0', teacher: 'relu:0', weight: 0.1 }], labelSmoothing: 0 },
    },
    { epochs, heldOut: 0.25, batch: 8 },
  );
}
