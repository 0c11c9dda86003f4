/** What a person chose once and finds again: theme, language, backends to measure, how many examples. Kept in this browser. */
import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { FormatId } from '../formats/format';
import type { ProfileId } from '../measure/energy-profiles';
import type { BackendId, BackendInfo } from '../runtime/backend';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'zh';

/** How a device is used on a battery, as it is typed. */
export interface Duty {
  readonly inferences: number;
  readonly per: 'day' | 'second';
  readonly batteryWattHours: number;
}

export interface Settings {
  readonly theme: Theme;
  readonly language: Language;
  /** null: not chosen yet, `defaultBackends` decides. */
  readonly backends: readonly BackendId[] | null;
  /** Examples to measure accuracy on, at most. */
  readonly exampleLimit: number;
  /** The kind of device that energy is estimated for. */
  readonly energyProfile: ProfileId;
  readonly duty: Duty;
}

/** 2,000 paired examples tell a change of about half a point from nothing, in seconds. */
const DEFAULT_EXAMPLE_LIMIT = 2000;
export const exampleLimits: readonly number[] = [500, DEFAULT_EXAMPLE_LIMIT, 10_000];

/** Once a second on a phone's battery (some 4,000 mAh at 3.85 V): what most people have at hand. */
const DEFAULT_DUTY: Duty = { inferences: 1, per: 'second', batteryWattHours: 15 };
/** From a button cell's tenth to a house's battery; more inferences than any device does. */
const DUTY_LIMITS = { inferences: [0, 1e6], batteryWattHours: [0.01, 1e5] } as const;
const SECONDS_PER_DAY = 86_400;

/** Raised when the shape of Settings changes; older ones are then forgotten. */
const SETTINGS_VERSION = 1;

export const useSettings = create<Settings>()(
  persist(
    (): Settings => ({
      theme: 'system',
      language: preferredLanguage(),
      backends: null,
      exampleLimit: DEFAULT_EXAMPLE_LIMIT,
      energyProfile: 'phone-cpu',
      duty: DEFAULT_DUTY,
    }),
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

export function setEnergyProfile(energyProfile: ProfileId): void {
  useSettings.setState({ energyProfile });
}

/** Takes what is typed into the limits. */
export function setDuty(change: Partial<Duty>): void {
  useSettings.setState(({ duty }) => {
    const { inferences, per, batteryWattHours } = { ...duty, ...change };
    return { duty: { inferences: within(inferences, DUTY_LIMITS.inferences), per, batteryWattHours: within(batteryWattHours, DUTY_LIMITS.batteryWattHours) } };
  });
}

export function inferencesPerDay({ inferences, per }: Duty): number {
  return per === 'day' ? inferences : inferences * SECONDS_PER_DAY;
}

export function setBackendTicked(id: BackendId, ticked: boolean, infos: readonly BackendInfo[], format: FormatId): void {
  const before = tickedBackends(useSettings.getState().backends, infos, format);
  useSettings.setState({ backends: ticked ? [...before.filter((other) => other !== id), id] : before.filter((other) => other !== id) });
}

/** The backends to measure latency on, in the order in which the device lists them. */
export function tickedBackends(chosen: readonly BackendId[] | null, infos: readonly BackendInfo[], format: FormatId): readonly BackendId[] {
  const available = infos.filter((info) => info.available);
  if (chosen) return available.filter((info) => chosen.includes(info.id)).map((info) => info.id);
  return format === 'tflite' ? defaultBackends(available, LITERT) : defaultBackends(available, TFJS);
}

/** What a runtime offers, the best first. */
interface RuntimeBackends {
  readonly gpu: readonly BackendId[];
  readonly cpu: readonly BackendId[];
}

const TFJS: RuntimeBackends = { gpu: ['webgpu', 'webgl'], cpu: ['wasm', 'cpu'] };
const LITERT: RuntimeBackends = { gpu: ['litert-webgpu'], cpu: ['litert-wasm', 'wasm', 'cpu'] };

/**
 * In the runtime that the exported file is for: a real GPU when there is one, and WASM, which is everywhere; a software GPU
 * says nothing about a real one.
 */
function defaultBackends(available: readonly BackendInfo[], { gpu, cpu }: RuntimeBackends): readonly BackendId[] {
  const first = (ids: readonly BackendId[], isUsable: (info: BackendInfo) => boolean): BackendId[] =>
    ids.filter((id) => available.some((info) => info.id === id && isUsable(info))).slice(0, 1);
  return [...first(gpu, (info) => !info.software), ...first(cpu, () => true)];
}

function within(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

function preferredLanguage(): Language {
  return typeof navigator !== 'undefined' && navigator.language?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Storage may be refused (private windows, embedding): settings then live as long as the page. */
export function safeStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
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
