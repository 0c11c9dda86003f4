/** Where measuring stands, stage by stage. A store of its own, so that a tick of progress redraws the bars and nothing else. */
import { create } from 'zustand';
import type { Progress } from '../lib/progress';
import type { BackendId } from '../runtime/backend';

export type StageId = 'apply' | 'size' | 'quality' | `latency:${BackendId}` | 'verify';

export interface Stage {
  readonly id: StageId;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly progress: Progress | null;
  /** Why it failed, in words. */
  readonly problem: string | null;
}

export interface Lane {
  readonly state: 'idle' | 'running' | 'done' | 'cancelled';
  /** The recipe that is measured. */
  readonly key: string | null;
  readonly stages: readonly Stage[];
}

export const useLane = create<Lane>(() => ({ state: 'idle', key: null, stages: [] }));

export function startStages(key: string, ids: readonly StageId[]): void {
  const stages = ids.map((id): Stage => ({ id, state: 'waiting', progress: null, problem: null }));
  useLane.setState({ state: 'running', key, stages });
}

export function updateStage(id: StageId, change: Partial<Omit<Stage, 'id'>>): void {
  useLane.setState(({ stages }) => ({
    stages: stages.map((stage) => (stage.id === id ? { ...stage, ...change } : stage)),
  }));
}

export function endLane(state: 'idle' | 'done' | 'cancelled'): void {
  useLane.setState({ state });
}

export function backendOfStage(id: StageId): BackendId | null {
  return id.startsWith('latency:') ? (id.slice('latency:'.length) as BackendId) : null;
}
