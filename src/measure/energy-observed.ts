/**
 * What a browser can observe of the device's power while models run: the battery's level (Battery Status API, W3C) and the state of
 * the processor (Compute Pressure API, W3C). Levels come in steps of a hundredth or coarser, so that only long runs say anything: what
 * was seen is reported with how long it was watched, and nothing is made of it before the level has fallen.
 */

export type Pressure = 'nominal' | 'fair' | 'serious' | 'critical';

/** The part of `navigator` and the global scope that is used. */
export interface ObservedScope {
  getBattery?(): Promise<BatteryLike>;
  PressureObserver?: new (callback: (records: readonly { readonly state: Pressure }[]) => void) => PressureObserverLike;
  now(): number;
}

export interface BatteryLike {
  readonly level: number;
  readonly charging: boolean;
}

export interface PressureObserverLike {
  observe(source: 'cpu', options: { sampleInterval: number }): Promise<void>;
  disconnect(): void;
}

export interface DeviceObservation {
  readonly elapsedMs: number;
  /** Whether this browser tells of a battery at all. */
  readonly hasBattery: boolean;
  /** null: this browser tells nothing of a battery, or it was charging at some time. */
  readonly battery: BatteryObservation | null;
  /** Why there is nothing of the battery; empty otherwise. */
  readonly batteryReason: string;
  /** Share of the time in each state; null: this browser has no such signal. */
  readonly pressure: Readonly<Record<Pressure, number>> | null;
}

export interface BatteryObservation {
  readonly levelBefore: number;
  readonly levelNow: number;
  /** Share of the battery an hour; null: the level has not fallen yet. */
  readonly drainPerHour: number | null;
}

export interface DeviceWatch {
  report(): DeviceObservation;
  end(): void;
}

const MS_PER_HOUR = 3_600_000;
/** The state is asked for this often. */
const SAMPLE_MS = 1000;

export function browserScope(): ObservedScope {
  const { PressureObserver } = globalThis as unknown as Pick<ObservedScope, 'PressureObserver'>;
  const holder = globalThis.navigator as (Navigator & Pick<ObservedScope, 'getBattery'>) | undefined;
  return {
    ...(holder?.getBattery ? { getBattery: () => holder.getBattery!() } : {}),
    ...(PressureObserver ? { PressureObserver } : {}),
    now: () => performance.now(),
  };
}

export async function watchDevice(scope: ObservedScope = browserScope()): Promise<DeviceWatch> {
  const battery = (await scope.getBattery?.().catch(() => undefined)) ?? null;
  const start = scope.now();
  const levelBefore = battery?.level ?? 0;
  let wasCharging = battery?.charging ?? false;
  const spentMs: Record<Pressure, number> = { nominal: 0, fair: 0, serious: 0, critical: 0 };
  let state: Pressure | null = null;
  let since = start;
  const settle = (): void => {
    const now = scope.now();
    if (state) spentMs[state] += now - since;
    since = now;
  };
  const observer = scope.PressureObserver
    ? new scope.PressureObserver((records) => {
        settle();
        state = records.at(-1)?.state ?? state;
      })
    : null;
  // Refused by the page's permissions: no signal, and the report says so by null.
  await observer?.observe('cpu', { sampleInterval: SAMPLE_MS }).catch(() => undefined);

  return {
    report() {
      settle();
      wasCharging ||= battery?.charging ?? false;
      const elapsedMs = scope.now() - start;
      const known = Object.values(spentMs).reduce((sum, ms) => sum + ms, 0);
      const batteryReason = !battery ? 'This browser tells nothing of a battery.' : wasCharging ? 'The device was charging.' : '';
      return {
        elapsedMs,
        hasBattery: battery !== null,
        battery: battery && !wasCharging ? batteryOf(levelBefore, battery.level, elapsedMs) : null,
        batteryReason,
        pressure: known > 0 ? { nominal: spentMs.nominal / known, fair: spentMs.fair / known, serious: spentMs.serious / known, critical: spentMs.critical / known } : null,
      };
    },
    end: () => observer?.disconnect(),
  };
}

function batteryOf(levelBefore: number, levelNow: number, elapsedMs: number): BatteryObservation {
  const fallen = levelBefore - levelNow;
  return { levelBefore, levelNow, drainPerHour: fallen > 0 && elapsedMs > 0 ? (fallen * MS_PER_HOUR) / elapsedMs : null };
}
