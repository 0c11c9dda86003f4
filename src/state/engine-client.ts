/**
 * What the page knows of the engine: the methods of the façade and a `cancel` that really stops. The client is made on
 * first use, so that the start screen loads nothing of the engine. Tests and the mock provide their own.
 */
import type { AdaptiveExport, AdaptiveExportWish } from '../engine/adaptive-export';
import type { EngineApi } from '../engine/types';
import type { ReportProgress } from '../lib/progress';
import type { LiveClient } from './live-client';

export type EngineClient = EngineApi & LiveClient & {
  /** Recipes of the open model as an ES module that serves them as a ladder. */
  exportAdaptive(wish: AdaptiveExportWish, report: ReportProgress): Promise<AdaptiveExport>;
  /**
   * Ends the worker, starts a new one and opens the kept model and data set again. Calls under way reject with a
   * CancelledError.
   */
  cancel(): Promise<void>;
  /** Holds the training under way between two steps, until `resumeTraining`. */
  pauseTraining(): Promise<void>;
  resumeTraining(): Promise<void>;
  /** Ends the training under way with the best so far. */
  finishTraining(): Promise<void>;
  /** Ends the worker that trains; its last checkpoint stays, and everything else goes on. */
  stopTraining(): Promise<void>;
  /** Ends the search under way with the best so far. */
  finishSearch(): Promise<void>;
};

type MakeEngine = () => Promise<EngineClient>;

let make: MakeEngine | null = null;
let client: Promise<EngineClient> | null = null;

/** Says how the client is made; forgets the one there was. */
export function provideEngine(makeEngine: MakeEngine): void {
  make = makeEngine;
  client = null;
}

/** The one client of this page. */
export function engine(): Promise<EngineClient> {
  if (!make) throw new Error('No engine was provided: call provideEngine first.');
  client ??= make().catch((error: unknown) => {
    client = null;
    throw error;
  });
  return client;
}
