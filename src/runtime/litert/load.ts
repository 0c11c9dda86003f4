/**
 * Loads LiteRT once a process, when its first backend is asked for. LiteRT finds its parts through globals (`self`,
 * `Module`, `ModuleFactory`, `importScripts`), which are there only meanwhile.
 */
import type { LiteRtVariant } from './files';
import { messageOf, WhittleError } from '../../lib/errors';
import { liteRtFiles } from './files';

export type LiteRtLibrary = typeof import('@litertjs/core');

export interface LoadedLiteRt {
  readonly library: LiteRtLibrary;
  readonly variant: LiteRtVariant;
  /** What the module wrote since the last call: its errors say why there. */
  takeMessages(): string[];
}

let loading: Promise<LoadedLiteRt> | null = null;

export function loadLiteRt(): Promise<LoadedLiteRt> {
  // A failure (no network) may be over the next time.
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw new WhittleError('BackendError', `LiteRT does not start: ${messageOf(error)}. Reload the page, or take a TensorFlow.js backend.`, { cause: error });
  });
  return loading;
}

/** The last lines that are kept. */
const MOST_MESSAGES = 20;

async function load(): Promise<LoadedLiteRt> {
  const files = liteRtFiles();
  const library = await import('@litertjs/core');
  const variant = await bestVariant(files.variants, library);
  const [factory, settings] = await Promise.all([files.factory(variant), files.settings(variant)]);
  let messages: string[] = [];
  const print = (line: string): void => void (messages = [...messages, line].slice(-MOST_MESSAGES));

  const scope = globalThis as Record<string, unknown>;
  const restore = [
    'self' in scope ? () => undefined : setGlobal(scope, 'self', globalThis),
    setGlobal(scope, 'Module', { ...settings, print, printErr: print }),
    setGlobal(scope, 'ModuleFactory', factory),
    muteMissingGpu(),
  ];
  // The factory is there already. Taken back at once: other libraries take a scope with `importScripts` for a classic worker.
  const takeBack = setGlobal(scope, 'importScripts', () => takeBack());
  restore.push(takeBack);
  try {
    await library.loadLiteRt('given.js');
  } finally {
    for (const undo of restore) undo();
  }
  return {
    library,
    variant,
    takeMessages() {
      const taken = messages;
      messages = [];
      return taken;
    },
  };
}

async function bestVariant(variants: readonly LiteRtVariant[], library: LiteRtLibrary): Promise<LiteRtVariant> {
  const [jspi, relaxedSimd] = await Promise.all([library.supportsFeature('jspi'), library.supportsFeature('relaxedSimd')]);
  const runs = { jspi: jspi && relaxedSimd, default: relaxedSimd, compat: true };
  const best = variants.find((variant) => runs[variant]);
  if (!best) throw new Error(`none of its builds (${variants.join(', ')}) runs here`);
  return best;
}

/** Returns what puts the scope back as it was. An own property hides a worker's own `importScripts`, which is no own one. */
function setGlobal(scope: Record<string, unknown>, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(scope, name);
  Object.defineProperty(scope, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(scope, name, before);
    else delete scope[name];
  };
}

/** LiteRT looks for a GPU when it loads and complains where there is none; backends that need one say so themselves. */
function muteMissingGpu(): () => void {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).startsWith('Failed to create default WebGPU device')) warn(...words);
  };
  return () => void (console.warn = warn);
}
