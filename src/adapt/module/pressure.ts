/** The Compute Pressure API (W3C), where the browser has it and the page may use it. */
import type { PressureState } from '../types';

interface PressureRecordLike {
  readonly state: PressureState;
}

interface PressureObserverLike {
  observe(source: 'cpu', options: { sampleInterval: number }): Promise<void>;
  disconnect(): void;
}

type PressureObserverClass = new (callback: (records: readonly PressureRecordLike[]) => void) => PressureObserverLike;

export interface PressureWatch {
  readonly state: PressureState | null;
  end(): void;
}

export function watchPressure(sampleInterval: number): PressureWatch {
  let state: PressureState | null = null;
  const { PressureObserver } = globalThis as { PressureObserver?: PressureObserverClass };
  const observer = PressureObserver && new PressureObserver((records) => void (state = records.at(-1)?.state ?? state));
  // Refused by a permissions policy: there is no signal then.
  observer?.observe('cpu', { sampleInterval }).catch(() => undefined);
  return {
    get state() {
      return state;
    },
    end: () => observer?.disconnect(),
  };
}
