import { useLane, type StageId } from '../../state/lane-store';

export interface StageView {
  /** undefined: not being measured; null: no end is known. */
  readonly progress: number | null | undefined;
  readonly problem: string | null;
}

/** Where the measurement behind a number stands. */
export function useStage(id: StageId, key: string): StageView {
  const stage = useLane((lane) => (lane.key === key ? lane.stages.find((other) => other.id === id) : undefined));
  const isRunning = useLane((lane) => lane.state === 'running');
  if (!stage) return { progress: undefined, problem: null };
  const progress = stage.state === 'running' && isRunning ? (stage.progress?.fraction ?? null) : undefined;
  return { progress, problem: stage.problem };
}
