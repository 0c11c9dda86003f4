/** How long a battery lasts. A file of its own, without the estimate's work: the page's window computes it as a person types. */
import type { EnergyProfile } from './energy-profiles';
import type { EnergyRange, EnergyReport } from './types';

/** How a device is used on a battery. */
export interface DutyCycle {
  readonly inferencesPerDay: number;
  readonly batteryWattHours: number;
}

const JOULES_PER_WATT_HOUR = 3600;
const SECONDS_PER_DAY = 86_400;

/** Days that a battery lasts, by the energy of an inference and the power of waiting; nothing else is counted. */
export function batteryDays({ joules }: Pick<EnergyReport, 'joules'>, { sleepW }: Pick<EnergyProfile, 'sleepW'>, { inferencesPerDay, batteryWattHours }: DutyCycle): EnergyRange {
  const days = (perInference: number, sleep: number): number => (batteryWattHours * JOULES_PER_WATT_HOUR) / (inferencesPerDay * perInference + SECONDS_PER_DAY * sleep);
  // The least energy gives the most days.
  return { value: days(joules.value, sleepW.value), low: days(joules.high, sleepW.high), high: days(joules.low, sleepW.low) };
}

/** The share of the energy that goes into waiting, 0…1. */
export function waitingShare({ joules }: Pick<EnergyReport, 'joules'>, { sleepW }: Pick<EnergyProfile, 'sleepW'>, inferencesPerDay: number): number {
  const waiting = SECONDS_PER_DAY * sleepW.value;
  return waiting / (waiting + inferencesPerDay * joules.value);
}
