/** What the load controller is told, what it decides, and how it is set. Plain data; nothing here runs anything. */

/** Time of one batch: overheadMs + batch · perExampleMs. */
export interface ServiceTime {
  readonly overheadMs: number;
  readonly perExampleMs: number;
}

/** One model of the ladder. Rungs stand from the most accurate and dearest to the cheapest. */
export interface Rung {
  readonly name: string;
  /** 0…1; null: not measured. */
  readonly accuracy: number | null;
  /** Measured on this device, or a first guess: the controller learns. */
  readonly service: ServiceTime;
}

/** Of the Compute Pressure API (W3C). */
export type PressureState = 'nominal' | 'fair' | 'serious' | 'critical';

/** What one rung did in a period. */
export interface RungWork {
  readonly rung: number;
  readonly batches: number;
  readonly examples: number;
  readonly busyMs: number;
}

/** What was seen in one control period. */
export interface Observation {
  readonly periodMs: number;
  /** Time in which a model ran: load = busyMs / periodMs. */
  readonly busyMs: number;
  /** Requests that came in, skipped ones included. */
  readonly arrived: number;
  /** Requests that wait at the period's end. */
  readonly queue: number;
  /** 90th percentile from arrival to answer; null: nothing was answered. */
  readonly latencyP90Ms: number | null;
  readonly work: readonly RungWork[];
  /** null: the device has no such signal. */
  readonly pressure: PressureState | null;
}

/** What is to be done until the next step. Batch and level are means: `dispatch.ts` makes whole numbers of them. */
export interface Decision {
  /** Mean examples of a batch, from 1. */
  readonly batch: number;
  /** Place on the ladder: 1.25 is three batches in four on rung 1 and one on rung 2. */
  readonly level: number;
  /** Share of skippable requests that are served, 0…1. */
  readonly keep: number;
}

export interface ControllerSettings {
  readonly rungs: readonly Rung[];
  /** Load to be kept: busy time over time. */
  readonly target: number;
  /** The most examples of a batch that the runtime takes. */
  readonly maxBatch: number;
  /** 90 of 100 requests are to be answered within. */
  readonly latencyBudgetMs: number;
  /** The least share of skippable requests that is served. */
  readonly minimumKeep: number;
}
