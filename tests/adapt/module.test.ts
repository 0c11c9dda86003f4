/** The exported module's queue, trial and fallback, on a TensorFlow.js that is made up. */
import { afterEach, describe, expect, it } from 'vitest';
import type { AdaptiveOptions, TensorFlowJs } from '../../src/adapt/module/api';
import { chooseBackend, type Choosing } from '../../src/adapt/module/choose';
import type { Manifest, ManifestRung } from '../../src/adapt/module/manifest';
import { checkManifest } from '../../src/adapt/module/manifest';
import { createMeter } from '../../src/adapt/module/meter';
import { createServer, type Server } from '../../src/adapt/module/serve';
import { servingOf } from '../../src/adapt/module/serving';
import { probeInputs } from '../../src/adapt/module/trial';

const INPUT = 4;

/** Two rungs: the first gives the sum and its double, the second the negatives. */
const answers = (values: ArrayLike<number>, index: number): number[] => {
  const sum = Array.from(values).reduce((total, value) => total + value, 0) * (index === 0 ? 1 : -1);
  return [sum, 2 * sum];
};

const probe = { seed: 5, count: 2 };
const input = { shape: [INPUT], dtype: 'float32' } as const;

function rung(index: number): ManifestRung {
  return {
    name: `rung ${index}`,
    accuracy: null,
    nbytes: 1,
    macs: 1,
    service: { overheadMs: 1, perExampleMs: 1 },
    tfjs: { model: `${index}/model.json`, weights: [], input: 'x', output: String(index) },
    litert: null,
    expected: probeInputs({ probe, input }).map((values) => answers(values, index)),
  };
}

const manifest: Manifest = { format: 'whittle-adaptive', version: 1, id: 'test', input, output: { shape: [2], dtype: 'float32' }, preprocessing: null, probe, rungs: [rung(0), rung(1)] };

interface Fake extends TensorFlowJs {
  /** Backends whose next runs fail, and those that answer wrongly. */
  readonly broken: Set<string>;
  readonly wrong: Set<string>;
  readonly started: string[];
  /** Examples of each run. */
  readonly batches: number[];
}

function fakeTf(names: readonly string[]): Fake {
  let current = '';
  const fake: Fake = {
    broken: new Set(),
    wrong: new Set(),
    started: [],
    batches: [],
    async setBackend(name) {
      current = name;
      fake.started.push(name);
      return true;
    },
    ready: async () => undefined,
    findBackend: () => ({}),
    findBackendFactory: (name) => names.includes(name) || undefined,
    tensor: (values, shape) => ({ values, shape, data: async () => values, dispose: () => undefined }) as never,
    loadGraphModel: async () => ({
      execute(inputs, output) {
        const { values, shape } = inputs['x'] as unknown as { values: Float32Array; shape: number[] };
        if (fake.broken.has(current)) throw new Error(`${current} is broken`);
        fake.batches.push(shape[0]!);
        const result = Array.from({ length: shape[0]! }, (_, i) => answers(values.slice(i * INPUT, (i + 1) * INPUT), Number(output))).flat();
        return { data: async () => result.map((value) => (fake.wrong.has(current) ? value + 9 : value)), dispose: () => undefined };
      },
      dispose: () => undefined,
    }),
  };
  return fake;
}

function choosing(options: AdaptiveOptions): Choosing {
  const model = new TextEncoder().encode(JSON.stringify({ modelTopology: {}, weightsManifest: [] })).buffer;
  return { options, manifest, files: { bytes: async () => model as ArrayBuffer }, batchSizes: [1, 2, 4, 8], givenUp: [], speeds: new Map() };
}

function memory(content: Record<string, string> = {}): Pick<Storage, 'getItem' | 'setItem'> & { readonly content: Record<string, string> } {
  return { content, getItem: (key) => content[key] ?? Object.values(content)[0] ?? null, setItem: (key, value) => void (content[key] = value) };
}

const open: Server[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

async function serverOn(tf: Fake, options: AdaptiveOptions = {}): Promise<Server> {
  const wish = choosing({ tf, storage: null, latencyBudgetMs: 20, ...options });
  const server = createServer(await chooseBackend(wish), servingOf(wish));
  open.push(server);
  return server;
}

const example = (value: number): Float32Array => new Float32Array(INPUT).fill(value);

describe('choosing a backend', () => {
  it('one that answers wrongly is given up, whatever its speed', async () => {
    const tf = fakeTf(['webgl', 'wasm']);
    tf.wrong.add('webgl');
    const wish = choosing({ tf, storage: null });
    const { engine, services } = await chooseBackend(wish);
    expect(engine.backend).toBe('wasm');
    expect(services).toHaveLength(2);
    expect(wish.givenUp).toEqual([{ backend: 'webgl', reason: expect.stringContaining('answers wrongly') }]);
  });

  it('the choice is remembered, and spares the trial the next time', async () => {
    const storage = memory();
    const first = fakeTf(['webgpu', 'wasm']);
    const { engine } = await chooseBackend(choosing({ tf: first, storage }));
    expect(Object.values(storage.content)).toEqual([engine.backend]);
    expect(new Set(first.started)).toEqual(new Set(['webgpu', 'wasm']));
    const second = fakeTf(['webgpu', 'wasm']);
    await chooseBackend(choosing({ tf: second, storage }));
    expect(second.started).toEqual([engine.backend]);
  });

  it('what is remembered and no longer right is tried no more', async () => {
    const tf = fakeTf(['webgpu', 'wasm']);
    tf.wrong.add('webgpu');
    const { engine } = await chooseBackend(choosing({ tf, storage: memory({ any: 'webgpu' }) }));
    expect(engine.backend).toBe('wasm');
  });

  it('JavaScript alone is the last resort', async () => {
    const tf = fakeTf(['cpu', 'wasm']);
    expect((await chooseBackend(choosing({ tf, storage: null }))).engine.backend).toBe('wasm');
    const only = fakeTf(['cpu']);
    expect((await chooseBackend(choosing({ tf: only, storage: null }))).engine.backend).toBe('cpu');
  });

  it('without a library that fits it says what to give', async () => {
    await expect(chooseBackend(choosing({ storage: null }))).rejects.toThrow('Give `tf` or `litert`');
  });

  it('a storage that refuses costs nothing but the memory', async () => {
    const refuse = (): never => {
      throw new Error('full');
    };
    const tf = fakeTf(['wasm']);
    expect((await chooseBackend(choosing({ tf, storage: { getItem: refuse, setItem: refuse } }))).engine.backend).toBe('wasm');
  });
});

describe('serving', () => {
  it('every request gets its own answer, alone or in a batch', async () => {
    const tf = fakeTf(['wasm']);
    const server = await serverOn(tf);
    const given = await Promise.all(Array.from({ length: 50 }, (_, i) => server.request(example(i), {})));
    given.forEach((answer, i) => expect([...answer!.output]).toEqual(answers(example(i), answer!.rung)));
    expect(server.status()).toMatchObject({ answered: 50, queue: 0, skipped: 0, backend: 'wasm' });
  });

  it('a backend that breaks in the middle loses no request, and the next one takes over', async () => {
    const tf = fakeTf(['webgl', 'wasm']);
    const server = await serverOn(tf, { backends: ['webgl', 'wasm'], storage: memory({ any: 'webgl' }) });
    const early = Array.from({ length: 20 }, (_, i) => server.request(example(i), {}));
    await early[5];
    tf.broken.add('webgl');
    const late = Array.from({ length: 20 }, (_, i) => server.request(example(i), {}));
    const given = await Promise.all([...early, ...late]);
    given.forEach((answer, i) => expect([...answer!.output]).toEqual(answers(example(i % 20), answer!.rung)));
    expect(given[0]!.backend).toBe('webgl');
    expect(given.at(-1)!.backend).toBe('wasm');
    expect(server.status().givenUp).toEqual([{ backend: 'webgl', reason: 'webgl is broken' }]);
  });

  it('without a backend left, whoever waits and whoever comes is told why', async () => {
    const tf = fakeTf(['wasm']);
    const server = await serverOn(tf);
    tf.broken.add('wasm');
    const waiting = Array.from({ length: 5 }, (_, i) => server.request(example(i), {}));
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.every((one) => one.status === 'rejected' && /No backend runs.*wasm is broken/.test(String(one.reason)))).toBe(true);
    await expect(server.request(example(1), {})).rejects.toThrow('No backend runs');
  });

  it('an input of another size is refused and harms nobody', async () => {
    const server = await serverOn(fakeTf(['wasm']));
    await expect(server.request([1, 2], {})).rejects.toThrow('2 numbers were given; this model takes 4');
    expect((await server.request(example(1), {}))!.output[0]).toBe(4);
  });

  it('closing rejects what waits', async () => {
    const server = await serverOn(fakeTf(['wasm']));
    const waiting = server.request(example(1), {});
    server.close();
    await expect(waiting).rejects.toThrow('closed');
  });

  it('closing ends what runs, and nothing takes over', async () => {
    const tf = fakeTf(['webgl', 'wasm']);
    const server = await serverOn(tf, { backends: ['webgl', 'wasm'], storage: memory({ any: 'webgl' }) });
    const waiting = server.request(example(1), {});
    tf.broken.add('webgl');
    // Under way by then.
    await Promise.resolve();
    server.close();
    await expect(waiting).rejects.toThrow('closed');
    expect(server.status().givenUp).toEqual([]);
  });
});

describe('the meter', () => {
  it('splits a batch that spans two periods, and counts what was done', () => {
    let time = 0;
    const meter = createMeter(2, () => time);
    meter.arrived();
    meter.arrived();
    time = 800;
    const end = meter.begin(1, 2);
    time = 1000;
    const first = meter.take(3, null);
    expect(first).toMatchObject({ periodMs: 1000, busyMs: 200, arrived: 2, queue: 3, latencyP90Ms: null, work: [] });
    time = 1300;
    end();
    meter.answered(500);
    time = 2000;
    expect(meter.take(0, 'fair')).toEqual({ periodMs: 1000, busyMs: 300, arrived: 0, queue: 0, latencyP90Ms: 500, work: [{ rung: 1, batches: 1, examples: 2, busyMs: 500 }], pressure: 'fair' });
    expect(meter.latest.load).toBeCloseTo(0.3);
  });

  it('a batch that came to nothing kept the device busy all the same', () => {
    let time = 0;
    const meter = createMeter(1, () => time);
    meter.begin(0, 1);
    time = 100;
    meter.fail();
    time = 1000;
    expect(meter.take(0, null)).toMatchObject({ busyMs: 100, work: [] });
  });
});

describe('a manifest', () => {
  it.each([
    [null, /not that of an adaptive module/],
    [{ format: 'whittle-adaptive', version: 2 }, /version 2/],
    [{ format: 'whittle-adaptive', version: 1, rungs: [] }, /lists no model/],
  ])('%o is refused in words', (value, message) => {
    expect(() => checkManifest(value)).toThrow(message);
  });
});
