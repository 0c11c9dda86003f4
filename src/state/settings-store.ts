/** What a person chose once and finds again: theme, language, backends to measure, how many examples. Kept in this browser. */
import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { BackendId, BackendInfo } from '../runtime/backend';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'zh';

export interface Settings {
  readonly theme: Theme;
  readonly language: Language;
  /** null: not chosen yet, `defaultBackends` decides. */
  readonly backends: readonly BackendId[] | null;
  /** Examples to measure accuracy on, at most. */
  readonly exampleLimit: number;
}

/** 2,000 paired examples tell a change of about half a point from nothing, in seconds. */
const DEFAULT_EXAMPLE_LIMIT = 2000;
export const exampleLimits: readonly number[] = [500, DEFAULT_EXAMPLE_LIMIT, 10_000];

/** Raised when the shape of Settings changes; older ones are then forgotten. */
const SETTINGS_VERSION = 1;

export const useSettings = create<Settings>()(
  persist(
    (): Settings => ({ theme: 'system', language: preferredLanguage(), backends: null, exampleLimit: DEFAULT_EXAMPLE_LIMIT }),
    { name: 'whittle-settings', version: SETTINGS_VERSION, storage: createJSONStorage(safeStorage) },
  ),
);

export function setTheme(theme: Theme): void {
  useSettings.setState({ theme });
}

export function setLanguage(language: Language): void {
  useSettings.setState({ language });
}

export function setExampleLimit(exampleLimit: number): void {
  useSettings.setState({ exampleLimit });
}

export function setBackendTicked(id: BackendId, ticked: boolean, infos: readonly BackendInfo[]): void {
  const before = tickedBackends(useSettings.getState().backends, infos);
  useSettings.setState({ backends: ticked ? [...before.filter((other) => other !== id), id] : before.filter((other) => other !== id) });
}

/** The backends to measure latency on, in the order in which the device lists them. */
export function tickedBackends(chosen: readonly BackendId[] | null, infos: readonly BackendInfo[]): readonly BackendId[] {
  const available = infos.filter((info) => info.available);
  if (chosen) return available.filter((info) => chosen.includes(info.id)).map((info) => info.id);
  return defaultBackends(available);
}

/** A real GPU when there is one, and WASM, which is everywhere; a software GPU says nothing about a real one. */
function defaultBackends(available: readonly BackendInfo[]): readonly BackendId[] {
  const gpu = available.find((info) => (info.id === 'webgpu' || info.id === 'webgl') && !info.software);
  const cpu = available.find((info) => info.id === 'wasm') ?? available.find((info) => info.id === 'cpu');
  return [gpu, cpu].flatMap((info) => (info ? [info.id] : []));
}

function preferredLanguage(): Language {
  return typeof navigator !== 'undefined' && navigator.language?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Storage may be refused (private windows, embedding): settings then live as long as the page. */
function safeStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const memory = new Map<string, string>();
  const inMemory = {
    getItem: (key: string) => memory.get(key) ?? null,
    setItem: (key: string, value: string) => void memory.set(key, value),
    removeItem: (key: string) => void memory.delete(key),
  };
  try {
    const { localStorage } = globalThis;
    localStorage.getItem('whittle-settings');
    return localStorage;
  } catch {
    return inMemory;
  }
}
