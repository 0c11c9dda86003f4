/**
 * The queue. Requests wait until a batch is full or the first has waited long enough; one batch runs at a time. When the device is
 * lost, what it was running goes back to the front and the next backend takes over: a request is answered or rejected, never lost.
 */
import { startController, step, type ControllerState } from '../controller';
import { nextKept, nextRung, nextSize, startDispatch } from '../dispatch';
import type { AdaptiveStatus, Answer, RequestOptions } from './api';
import type { GivenUp, Ready } from './choose';
import { letOthersRun, nap, type Nap } from './clock';
import { createMeter } from './meter';
import { watchPressure } from './pressure';

interface Waiting {
  readonly input: Float32Array;
  readonly since: number;
  answer(value: Answer): void;
  reject(reason: Error): void;
}

export interface Server {
  /** `since`: when it came, by performance.now(), where that is not now. */
  request(input: ArrayLike<number>, options: RequestOptions, since?: number): Promise<Answer | null>;
  status(): AdaptiveStatus;
  close(): void;
}

/** What is served, and how. */
export interface Serving {
  readonly rungs: readonly { readonly name: string; readonly accuracy: number | null }[];
  /** Of one example. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly targetLoad: number;
  readonly latencyBudgetMs: number;
  readonly minimumKeep: number;
  readonly periodMs: number;
  /** False: one by one on the first rung, whatever the load, to compare with. Read in every period. */
  readonly isControlled: boolean;
  /** False: what the device says of its pressure is told, and changes no target; yes when left out. */
  readonly heedsPressure?: boolean;
  /** Backends that were given up; grows. */
  readonly givenUp: GivenUp[];
  /** What takes over when the backend is lost. Throws an Error that says why nothing can. */
  replace(): Promise<Ready>;
  onChange?(status: AdaptiveStatus): void;
}

/** Share of the latency budget after which a batch goes as it is. */
const FILL_SHARE = 0.5;
/** Periods without any request after which the clock stops until the next one. */
const IDLE_PERIODS = 5;

export function createServer(first: Ready, serving: Serving): Server {
  const { rungs, givenUp, periodMs, latencyBudgetMs, inputShape } = serving;
  const [inputSize, outputSize] = [sizeOf(inputShape), sizeOf(serving.outputShape)];
  const meter = createMeter(rungs.length);
  const pressure = watchPressure(periodMs);
  const queue: Waiting[] = [];
  let ready = first;
  let controller = controllerFor(ready, serving);
  let dispatch = startDispatch;
  let failed: Error | null = null;
  let filling: Nap | null = null;
  let isServing = false;
  let clock: ReturnType<typeof setInterval> | undefined;
  let idlePeriods = 0;

  const status = (): AdaptiveStatus => ({
    backend: ready.engine.backend,
    ...controller.decision,
    ...meter.latest,
    queue: queue.length,
    ...meter.totals,
    pressure: pressure.state,
    givenUp: [...givenUp],
  });
  const tick = (): void => {
    const seen = meter.take(queue.length, serving.heedsPressure === false ? null : pressure.state);
    idlePeriods = seen.arrived + seen.queue + seen.busyMs > 0 ? 0 : idlePeriods + 1;
    if (idlePeriods > IDLE_PERIODS) {
      clearInterval(clock);
      clock = undefined;
    }
    if (serving.isControlled) controller = step(controller, seen).state;
    else if (controller.effort > 0) controller = controllerFor(ready, serving);
    serving.onChange?.(status());
  };

  async function serve(): Promise<void> {
    if (isServing) return;
    isServing = true;
    try {
      // A failure empties the queue.
      while (queue.length > 0) {
        const next = nextSize(controller.decision, ready.engine.batchSizes, dispatch);
        await fill(next.size);
        dispatch = next.state;
        // Fewer than wanted: the largest batch that they fill.
        const size = ready.engine.batchSizes.findLast((one) => one <= Math.min(next.size, queue.length)) ?? 1;
        const picked = nextRung(controller.decision, dispatch);
        dispatch = picked.state;
        if (queue.length > 0) await runBatch(queue.splice(0, size), picked.rung);
        await letOthersRun();
      }
    } finally {
      isServing = false;
    }
  }

  /** Until enough wait, or the first has waited its time. */
  async function fill(size: number): Promise<void> {
    while (queue.length > 0 && queue.length < size) {
      const leftMs = queue[0]!.since + FILL_SHARE * latencyBudgetMs - performance.now();
      if (leftMs <= 0) return;
      filling = nap(leftMs);
      await filling.done;
      filling = null;
    }
  }

  async function runBatch(batch: readonly Waiting[], rung: number): Promise<void> {
    const { engine } = ready;
    const values = new Float32Array(batch.length * inputSize);
    for (const [i, one] of batch.entries()) values.set(one.input, i * inputSize);
    let outputs: Float32Array;
    const end = meter.begin(rung, batch.length);
    try {
      outputs = await engine.run(rung, values, batch.length);
      end();
    } catch (error) {
      meter.fail();
      // Closed meanwhile: nothing takes over.
      if (failed) {
        for (const one of batch) one.reject(failed);
        return;
      }
      queue.unshift(...batch);
      await replace(error instanceof Error ? error.message : String(error));
      return;
    }
    const now = performance.now();
    for (const [i, one] of batch.entries()) {
      const latencyMs = now - one.since;
      meter.answered(latencyMs);
      one.answer({ output: outputs.slice(i * outputSize, (i + 1) * outputSize), rung, backend: engine.backend, batch: batch.length, latencyMs });
    }
  }

  /** The next backend takes over; without one, all that wait are told why. */
  async function replace(reason: string): Promise<void> {
    givenUp.push({ backend: ready.engine.backend, reason });
    ready.engine.dispose();
    try {
      ready = await serving.replace();
      if (failed) return ready.engine.dispose();
      controller = controllerFor(ready, serving);
      dispatch = startDispatch;
      // The time in which nothing was served says nothing about load.
      meter.take(queue.length, null);
      serving.onChange?.(status());
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function fail(error: Error): void {
    failed = error;
    clearInterval(clock);
    clock = undefined;
    filling?.wake();
    for (const one of queue.splice(0)) one.reject(error);
  }

  return {
    async request(values, { skippable = false }, since = performance.now()) {
      if (failed) throw failed;
      if (values.length !== inputSize) throw new RangeError(`${values.length} numbers were given; this model takes ${inputSize} (${inputShape.join(' × ')}).`);
      meter.arrived();
      clock ??= setInterval(tick, periodMs);
      if (skippable) {
        const { isKept, state } = nextKept(controller.decision, dispatch);
        dispatch = state;
        if (!isKept) {
          meter.skipped();
          return null;
        }
      }
      return new Promise<Answer>((answer, reject) => {
        queue.push({ input: Float32Array.from(values), since, answer, reject });
        filling?.wake();
        void serve();
      });
    },
    status,
    close() {
      fail(new Error('The model was closed.'));
      pressure.end();
      ready.engine.dispose();
    },
  };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function controllerFor({ engine, services }: Ready, { rungs, targetLoad, latencyBudgetMs, minimumKeep }: Serving): ControllerState {
  return startController({
    rungs: rungs.map(({ name, accuracy }, i) => ({ name, accuracy, service: services[i]! })),
    target: targetLoad,
    maxBatch: engine.batchSizes.at(-1)!,
    latencyBudgetMs,
    minimumKeep,
  });
}
