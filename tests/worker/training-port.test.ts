/** The way from the worker that holds the model to the one that trains, over a real channel. */
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { WhittleError } from '../../src/lib/errors';
import { serveTraining, trainerLink, trainThrough, type TrainerLink } from '../../src/worker/training-port';
import { trainingHand } from '../../src/worker/training-hand';
import type { TrainElsewhere } from '../../src/engine/platform';
import type { TrainingData, TrainingPoint, TrainingRequest, TrainingResult } from '../../src/training/training';

const request = { graph: { name: 'model' }, settings: { epochs: 1 } } as unknown as TrainingRequest;
const point: TrainingPoint = { step: 1, steps: 2, epoch: 1, loss: 0.5, heldOutAccuracy: null, heldOutLoss: null, learningRate: 1e-3, elapsedMs: 1, msLeft: 1, backend: 'wasm' };

let link: TrainerLink | undefined;

function connect(train: TrainElsewhere): TrainElsewhere {
  // Node's channel is the browser's, but for types.
  const { port1, port2 } = new MessageChannel() as unknown as globalThis.MessageChannel;
  serveTraining(port2, train);
  link = trainerLink(port1);
  return trainThrough(() => link);
}

function dataOf(sent: Float32Array[]): TrainingData {
  return {
    count: 8, classCount: 2, labelled: true, key: 'data',
    async read(indices) {
      const data = Float32Array.from(indices, (index) => index * 10);
      sent.push(data);
      return { inputs: [{ shape: [indices.length], dtype: 'float32', data }], labels: Int32Array.from(indices, (index) => index % 2) };
    },
  };
}

afterEach(() => link?.end());

describe('training through a port', () => {
  it('carries the request, batches handed over and not copied, points, and the result', async () => {
    const sent: Float32Array[] = [];
    const points: TrainingPoint[] = [];
    const train = connect(async (got, data, report) => {
      expect(got).toEqual(request);
      expect(data).toMatchObject({ count: 8, classCount: 2, labelled: true, key: 'data' });
      const { inputs, labels } = await data.read(Uint32Array.of(3, 1));
      expect([...inputs[0]!.data]).toEqual([30, 10]);
      expect([...labels!]).toEqual([1, 1]);
      report(point);
      return { graph: got.graph, history: [point], bestEpoch: 1, accuracyBefore: null, accuracyAfter: null, endedBy: 'end', backend: 'wasm', elapsedMs: 1 };
    });
    const result: TrainingResult = await train(request, dataOf(sent), (got) => void points.push(got));
    expect(result).toMatchObject({ bestEpoch: 1, history: [point] });
    expect(points).toEqual([point]);
    expect(sent[0]!.byteLength).toBe(0);
  });

  it('does one training after another', async () => {
    let count = 0;
    const train = connect(async (got) => ({ graph: got.graph, history: [], bestEpoch: ++count, accuracyBefore: null, accuracyAfter: null, endedBy: 'end', backend: 'wasm', elapsedMs: 1 }));
    for (const bestEpoch of [1, 2, 3]) expect(await train(request, dataOf([]), () => {})).toMatchObject({ bestEpoch });
  });

  it('carries errors with their kind', async () => {
    const train = connect(async () => {
      throw new WhittleError('UnsupportedError', 'The node lstm cannot be trained.');
    });
    await expect(train(request, dataOf([]), () => {})).rejects.toMatchObject({ name: 'UnsupportedError', message: 'The node lstm cannot be trained.' });
  });

  it('ends what waits when the other worker is gone', async () => {
    const train = connect(() => new Promise(() => {}));
    const training = train(request, dataOf([]), () => {});
    link!.end();
    await expect(training).rejects.toMatchObject({ name: 'CancelledError' });
  });

  it('says that no worker was started', async () => {
    await expect(trainThrough(() => undefined)(request, dataOf([]), () => {})).rejects.toMatchObject({ name: 'BackendError' });
  });
});

describe('the hand on a training', () => {
  it('holds it while it is paused, and lets it end when it is to finish', async () => {
    const hand = trainingHand();
    await hand.controls.whileResumed();
    hand.pause();
    let isHeld = true;
    const waiting = hand.controls.whileResumed().then(() => (isHeld = false));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isHeld).toBe(true);
    hand.finish();
    await waiting;
    expect(hand.controls.wantsToFinish()).toBe(true);
    hand.begin();
    expect(hand.controls.wantsToFinish()).toBe(false);
  });
});
