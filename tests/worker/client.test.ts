/** What the window's side does when a worker stops by itself. The workers are doubles behind real channels. */
import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ignoreProgress } from '../../src/lib/progress';
import { emptyRecipe } from '../../src/passes/recipe';
import { createEngineClient, type EngineClient } from '../../src/worker/client';

type Crash = (event: { readonly message: string }) => void;

/** What the pages' workers are to the client: a channel, and an error when they stop. */
class WorkerDouble {
  readonly calls: string[] = [];
  isEnded = false;
  readonly #port: MessagePort;
  readonly #onError: Crash[] = [];

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    expose(serviceOf(this.calls), port2);
    workers.push(this);
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  addEventListener(type: string, listener: never): void {
    if (type === 'error') this.#onError.push(listener);
    else this.#port.addEventListener(type, listener);
    this.#port.start();
  }

  removeEventListener(type: string, listener: never): void {
    this.#port.removeEventListener(type, listener);
  }

  terminate(): void {
    this.isEnded = true;
    this.#port.close();
  }

  crash(message: string): void {
    this.#onError.forEach((tell) => tell({ message }));
  }
}

/** A training that goes on until its worker is gone. */
function serviceOf(calls: string[]) {
  const answer = (name: string, value?: unknown) => async () => {
    calls.push(name);
    return value;
  };
  return {
    open: answer('open', { name: 'model' }),
    backends: answer('backends', []),
    serveTraining: answer('serveTraining'),
    connectTrainer: answer('connectTrainer'),
    disconnectTrainer: answer('disconnectTrainer'),
    estimateSize: answer('estimateSize', 12),
    train: () => {
      calls.push('train');
      return new Promise(() => {});
    },
  };
}

let workers: WorkerDouble[] = [];
let client: EngineClient;

beforeEach(async () => {
  workers = [];
  vi.stubGlobal('Worker', WorkerDouble);
  vi.stubGlobal('document', { addEventListener: () => {}, hidden: false });
  client = createEngineClient();
  await client.open([], ignoreProgress);
});

afterEach(async () => {
  await client.dispose();
  vi.unstubAllGlobals();
});

async function startTraining(): Promise<{ readonly trained: Promise<unknown>; readonly trainer: WorkerDouble }> {
  const trained = client.train(emptyRecipe, ignoreProgress);
  trained.catch(() => {});
  await vi.waitUntil(() => workers[0]!.calls.includes('train'));
  return { trained, trainer: workers[1]! };
}

describe('a worker that stops by itself', () => {
  it('while it trains ends the training alone, and says what to do', async () => {
    const { trained, trainer } = await startTraining();
    trainer.crash('out of memory');
    await expect(trained).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/last checkpoint.*smaller batch.*out of memory/) });
    expect(trainer.isEnded).toBe(true);
    expect(workers[0]!.isEnded).toBe(false);
    expect(workers[0]!.calls).toContain('disconnectTrainer');
    // The model's worker still has the model: nothing was opened again.
    expect(await client.estimateSize(emptyRecipe, 'keras')).toBe(12);
    expect(workers).toHaveLength(2);
    expect(workers[0]!.calls.filter((name) => name === 'open')).toHaveLength(1);
  });

  it('and then another training starts in a worker of its own', async () => {
    const first = await startTraining();
    first.trainer.crash('out of memory');
    await expect(first.trained).rejects.toThrow(/out of memory/);
    workers[0]!.calls.length = 0;
    const second = client.train(emptyRecipe, ignoreProgress);
    second.catch(() => {});
    await vi.waitUntil(() => workers[0]!.calls.includes('train'));
    expect(workers).toHaveLength(3);
    await client.stopTraining();
    await expect(second).rejects.toMatchObject({ name: 'CancelledError' });
  });

  it('with the model ends the training too, and the model is opened again in a new one', async () => {
    const { trained, trainer } = await startTraining();
    workers[0]!.crash('out of memory');
    await expect(trained).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/Your model is kept/) });
    expect(trainer.isEnded).toBe(true);
    expect(await client.estimateSize(emptyRecipe, 'keras')).toBe(12);
    expect(workers[2]!.calls).toEqual(['open', 'estimateSize']);
  });
});
