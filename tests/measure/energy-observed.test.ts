/** What the browser tells of battery and pressure, with signals that are made up. */
import { describe, expect, it } from 'vitest';
import { watchDevice, type ObservedScope, type Pressure } from '../../src/measure/energy-observed';

function scope(given: Partial<ObservedScope> = {}): ObservedScope & { time: number; battery: { level: number; charging: boolean }; press(state: Pressure): void } {
  let press: (state: Pressure) => void = () => undefined;
  class PressureObserver {
    constructor(callback: (records: readonly { readonly state: Pressure }[]) => void) {
      press = (state) => callback([{ state }]);
    }
    async observe(): Promise<void> {}
    disconnect(): void {
      press = () => undefined;
    }
  }
  const battery = { level: 0.8, charging: false };
  const made = {
    time: 0,
    battery,
    now: (): number => made.time,
    getBattery: async () => battery,
    PressureObserver,
    press: (state: Pressure) => press(state),
    ...given,
  };
  return made;
}

describe('watching a device', () => {
  it('drain is what the level fell, over how long it was watched', async () => {
    const device = scope();
    const watch = await watchDevice(device);
    device.time = 1_800_000;
    expect(watch.report().battery).toEqual({ levelBefore: 0.8, levelNow: 0.8, drainPerHour: null });
    device.battery.level = 0.77;
    const { battery, elapsedMs, batteryReason } = watch.report();
    expect(battery!.drainPerHour).toBeCloseTo(0.06);
    expect([elapsedMs, batteryReason]).toEqual([1_800_000, '']);
  });

  it('a device that charges says nothing', async () => {
    const device = scope();
    const watch = await watchDevice(device);
    device.battery.charging = true;
    expect(watch.report()).toMatchObject({ battery: null, batteryReason: 'The device was charging.' });
    device.battery.charging = false;
    expect(watch.report().battery).toBeNull();
  });

  it('pressure is the share of time in each state', async () => {
    const device = scope();
    const watch = await watchDevice(device);
    expect(watch.report().pressure).toBeNull();
    device.press('nominal');
    device.time = 3000;
    device.press('critical');
    device.time = 4000;
    expect(watch.report().pressure).toEqual({ nominal: 0.75, fair: 0, serious: 0, critical: 0.25 });
    watch.end();
  });

  it('a browser without these signals is said to have none', async () => {
    const watch = await watchDevice({ now: () => 0 });
    expect(watch.report()).toEqual({ elapsedMs: 0, hasBattery: false, battery: null, batteryReason: 'This browser tells nothing of a battery.', pressure: null });
  });
});
