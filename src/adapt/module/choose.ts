/** Finds the backend to serve on: the remembered one if it still answers rightly, else the fastest correct one of a trial. */
import type { ServiceTime } from '../types';
import type { AdaptiveOptions, BackendName } from './api';
import type { Engine, Files } from './engine';
import { createLiteRtEngine, liteRtBackends, type LiteRtBackend } from './litert-engine';
import type { Manifest } from './manifest';
import { createTfjsEngine, tfjsBackends, type TfjsBackend } from './tfjs-engine';
import { checkAnswers, probeInputs, timeRung } from './trial';

export interface Ready {
  readonly engine: Engine;
  /** Of each rung, on this engine. */
  readonly services: readonly ServiceTime[];
}

export interface GivenUp {
  readonly backend: BackendName;
  readonly reason: string;
}

/** How backends are made. `givenUp` grows by those that fail, `speeds` by those that were tried. */
export interface Choosing {
  readonly options: AdaptiveOptions;
  readonly manifest: Manifest;
  readonly files: Files;
  readonly batchSizes: readonly number[];
  readonly givenUp: GivenUp[];
  /** Milliseconds an example in the largest batch. */
  readonly speeds: Map<BackendName, number>;
}

/** At the start. Throws an Error that lists what was tried when no backend is left. */
export async function chooseBackend(choosing: Choosing): Promise<Ready> {
  const { options, manifest, speeds } = choosing;
  const storage = storageOf(options);
  const remembered = recall(storage, manifest);
  if (remembered && candidatesOf(choosing).includes(remembered)) {
    const ready = await tryBackend(remembered, choosing, manifest.rungs.length);
    if (ready) return ready;
  }
  const candidates = candidatesOf(choosing);
  // One after another: TensorFlow.js has one backend at a time, so that the winner starts once more.
  for (const backend of candidates.length > 1 ? candidates : []) {
    const ready = await tryBackend(backend, choosing, 1);
    if (ready) speeds.set(backend, perExampleMs(ready));
    ready?.engine.dispose();
  }
  const ready = await nextBackend(choosing);
  remember(storage, manifest, ready.engine.backend);
  return ready;
}

/** The fastest that is not given up, by the trial; without one, the first. Throws as `chooseBackend` does. */
export async function nextBackend(choosing: Choosing): Promise<Ready> {
  const { manifest, speeds, givenUp } = choosing;
  for (;;) {
    const [backend] = candidatesOf(choosing).sort((a, b) => (speeds.get(a) ?? Infinity) - (speeds.get(b) ?? Infinity) || 0);
    if (backend === undefined) break;
    const ready = await tryBackend(backend, choosing, manifest.rungs.length);
    if (ready) return ready;
  }
  const reasons = givenUp.map(({ backend, reason }) => `${backend}: ${reason}.`).join(' ');
  throw new Error(`No backend runs these models. ${reasons || 'Give `tf` or `litert`, and allow a backend that they have.'}`);
}

function candidatesOf({ options: { tf, litert, backends }, manifest, givenUp }: Choosing): BackendName[] {
  const hasTfjs = manifest.rungs.every((rung) => rung.tfjs);
  const hasLiteRt = manifest.rungs.every((rung) => rung.litert !== null);
  const present: BackendName[] = [
    ...(tf && hasTfjs ? tfjsBackends.filter((name) => tf.findBackendFactory(name)) : []),
    ...(litert && hasLiteRt ? liteRtBackends : []),
  ];
  // JavaScript alone is many times slower than anything else: a last resort, and no part of the trial while there is another.
  const wanted = present.filter((name) => (backends?.includes(name) ?? true) && !givenUp.some((one) => one.backend === name));
  const fast = wanted.filter((name) => name !== 'cpu');
  return fast.length > 0 ? fast : wanted;
}

/** Starts a backend, and proves and times the first `rungs`; undefined: it is given up. */
async function tryBackend(backend: BackendName, choosing: Choosing, rungs: number): Promise<Ready | undefined> {
  let engine: Engine | undefined;
  try {
    engine = await createEngine(backend, choosing);
    const services: ServiceTime[] = [];
    const [example] = probeInputs(choosing.manifest);
    for (let rung = 0; rung < rungs; rung++) {
      await engine.load(rung);
      await checkAnswers(engine, choosing.manifest, rung);
      services.push(await timeRung(engine, rung, example!));
    }
    return { engine, services };
  } catch (error) {
    engine?.dispose();
    choosing.givenUp.push({ backend, reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function createEngine(backend: BackendName, { options: { tf, litert }, manifest, files, batchSizes }: Choosing): Promise<Engine> {
  if ((liteRtBackends as readonly BackendName[]).includes(backend)) return createLiteRtEngine(litert!, backend as LiteRtBackend, manifest, files);
  return createTfjsEngine(tf!, backend as TfjsBackend, manifest, files, batchSizes);
}

function perExampleMs({ engine, services }: Ready): number {
  const largest = engine.batchSizes.at(-1)!;
  return services[0]!.overheadMs / largest + services[0]!.perExampleMs;
}

function storageOf({ storage }: AdaptiveOptions): Pick<Storage, 'getItem' | 'setItem'> | null {
  if (storage !== undefined) return storage;
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // the page may be forbidden to store anything
  }
}

/** Another browser or version may have other backends. */
function keyOf({ id }: Manifest): string {
  return `whittle-adaptive ${id} ${globalThis.navigator?.userAgent ?? ''}`;
}

function recall(storage: Pick<Storage, 'getItem'> | null, manifest: Manifest): BackendName | undefined {
  try {
    return (storage?.getItem(keyOf(manifest)) as BackendName | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(storage: Pick<Storage, 'setItem'> | null, manifest: Manifest, backend: BackendName): void {
  try {
    storage?.setItem(keyOf(manifest), backend);
  } catch {
    // A full store costs a trial the next time, no more.
  }
}
