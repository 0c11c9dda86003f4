/** The table of operators' times on each backend: built once, kept beyond a reload where the platform keeps anything. */
import { randomInputs } from '../datasets/random-inputs';
import type { Graph } from '../ir/graph';
import { throwIfCancelled } from '../lib/errors';
import { yieldToMessages } from '../lib/yield-to-messages';
import { opTimes } from '../measure/op-times';
import type { BackendId } from '../runtime/backend';
import { clockStepMs } from '../runtime/clock';
import { isLiteRt } from '../runtime/detect';
import { backendOf, fileBackendOf } from './backends';
import { DATA_SEED } from './data';
import { findingsOf } from './kept-findings';
import type { EnginePlatform } from './platform';
import { prepare } from './prepared-models';
import type { EngineState } from './session';

/** Milliseconds of a graph's nodes, by id. */
export type TimesOf = (graph: Graph) => Promise<ReadonlyMap<string, number>>;

export interface Timer {
  readonly timesOf: TimesOf;
  /** Keeps what was found beyond a reload. */
  save(): Promise<void>;
}

export async function timerOn(id: BackendId, state: EngineState, platform: EnginePlatform): Promise<Timer> {
  const { info } = isLiteRt(id) ? await fileBackendOf(state, id) : await backendOf(state, id);
  const table = await findingsOf<number>(null, ['op-times', id, info.adapter], state.opTimes, platform.checkpoints);
  const stepMs = clockStepMs();
  const timesOf: TimesOf = (graph) =>
    opTimes(graph, table, {
      clockStepMs: stepMs,
      inputsOf: (part) => randomInputs(part, 0, 1, DATA_SEED),
      async prepare(part) {
        const shapes = part.inputs.map((input) => part.values[input]!.shape!);
        return (await prepare(state, id, { graph: part, file: null }, { batch: 1, shapes })).model;
      },
      async onNext() {
        throwIfCancelled(platform.signal);
        await yieldToMessages();
      },
    });
  return { timesOf, save: () => table.save() };
}
