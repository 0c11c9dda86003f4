/** A few steps of plain gradient descent against the same steps in Keras (`fixtures/make_fixtures.py`). */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Graph, ValueId } from '../../../src/ir/graph';
import type { Network } from '../../../src/training/network';
import { readKeras } from '../../../src/formats/keras/read';
import { fileOf } from '../../../src/lib/source-file';
import { onBackend } from '../../../src/runtime/tfjs/engine-lock';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { createNetwork } from '../../../src/training/network/create';
import { softmaxLoss } from './losses';

interface Recorded {
  readonly rate: number;
  readonly x: number[];
  readonly labels: number[];
  readonly losses: number[];
  readonly weights: Readonly<Record<'1' | '5', Readonly<Record<string, number[]>>>>;
  readonly predictionsAfter: number[];
}

/** Five steps of float32 in another order of sums. */
const TOLERANCE = 1e-4;
const folder = new URL('fixtures/', import.meta.url);
const recorded = JSON.parse(readFileSync(new URL('steps.json', folder), 'utf8')) as Recorded;

configureWasm(nodeWasmPaths());

describe.each(['cpu', 'wasm'] as const)('training steps on %s', (backend) => {
  let graph: Graph;
  let network: Network;
  beforeAll(async () => {
    const main = fileOf('small.keras', new Uint8Array(readFileSync(new URL('small.keras', folder))));
    ({ graph } = await readKeras({ main, files: [main], report: () => undefined }));
    network = await createNetwork(graph, { backend, frozen: [], watched: [], dropout: true });
  });

  it('has the losses and weights of Keras after one step and after five, and its predictions then', async () => {
    const weights = new Map(network.parameters.map(({ valueId }) => [valueId, network.initial(valueId)]));
    const got = await onBackend(backend, async () => {
      const x = tf.tensor(recorded.x, [6, 10, 10, 2]);
      const losses: number[] = [];
      const after: Record<string, Map<ValueId, Float32Array>> = {};
      for (let step = 1; step <= 5; step++) {
        const effective = new Map(network.parameters.map(({ valueId, shape }) => [valueId, tf.tensor(weights.get(valueId)!, [...shape])]));
        const result = network.step([x], effective, step, softmaxLoss(network, recorded.labels));
        losses.push((await result.loss.data())[0]!);
        for (const [id, gradient] of result.gradients) {
          const numbers = await gradient.data();
          weights.set(id, weights.get(id)!.map((weight, i) => weight - recorded.rate * numbers[i]!));
        }
        tf.dispose([result.loss, ...result.gradients.values(), ...effective.values()]);
        after[step] = new Map([...weights, ...(await network.state())]);
      }
      const effective = new Map(network.parameters.map(({ valueId, shape }) => [valueId, tf.tensor(weights.get(valueId)!, [...shape])]));
      const logits = network.predict([x], effective).get(network.outputs[0]!.logits)!;
      const predictions = await tf.softmax(logits).data();
      return { losses, after, predictions };
    });

    expect(largestDifference(got.losses, recorded.losses)).toBeLessThan(TOLERANCE);
    for (const step of ['1', '5'] as const) {
      const differences = Object.entries(recorded.weights[step]).map(([path, wanted]) => {
        const value = Object.values(graph.values).find(({ name, tensor }) => tensor && kerasName(name) === path)!;
        return [path, largestDifference(got.after[step]!.get(value.id)!, wanted)] as const;
      });
      expect(differences.length).toBe(Object.keys(recorded.weights[step]).length);
      expect(differences.filter(([, difference]) => !(difference < TOLERANCE))).toEqual([]);
    }
    expect(largestDifference(got.predictions, recorded.predictionsAfter)).toBeLessThan(TOLERANCE);
  });

  it('trains every weight of the net', () => {
    const trained = network.parameters.map(({ name }) => kerasName(name)).sort();
    expect(trained).toEqual(Object.keys(recorded.weights['1']).filter((path) => !path.includes('moving')).sort());
  });
});

function largestDifference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(got.length).toBe(wanted.length);
  return Math.max(...Array.from(got, (number, i) => Math.abs(number - wanted[i]!)));
}

/** Our reader keeps the name that TF.js gives a depthwise kernel. */
function kerasName(name: string): string {
  return name.replace('/depthwise_kernel', '/kernel');
}
