/** What a live run needs, as plain data that another worker can take: the ladder's graphs with what is known of them, and the stream. */
import type { BackendName } from '../adapt/module/api';
import type { Port } from '../adapt/module/manifest';
import { pictureSize } from '../datasets/preprocess';
import type { Graph } from '../ir/graph';
import { isErrorOf, messageOf } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import { estimateEnergy, energyWork } from '../measure/energy';
import { energyProfiles, type ProfileId } from '../measure/energy-profiles';
import type { AccuracyReport } from '../measure/types';
import type { Preprocessing, Recipe } from '../passes/pass';
import type { BackendId } from '../runtime/backend';
import { examplesFor, preprocessingOf } from './data';
import { portOf } from './adaptive-port';
import type { Candidate } from './prepared-models';
import type { EngineState } from './session';

export interface LiveLadderWish {
  readonly backend: BackendName;
  /** The first is the model as it is; the others in any order. */
  readonly rungs: readonly LiveRungWish[];
  /** The kind of device that energy is estimated for. */
  readonly profile: ProfileId;
}

export interface LiveRungWish {
  readonly name: string;
  readonly recipe: Recipe;
  /** Measured already; null: it is measured now, where the data have labels. */
  readonly accuracy: number | null;
}

export interface LiveJob {
  readonly backend: BackendName;
  readonly rungs: readonly LiveJobRung[];
  readonly input: Port;
  readonly output: Port;
  /** `count` examples, one after the other, as the model takes them. */
  readonly examples: Float32Array;
  readonly count: number;
  readonly labels: Int32Array | null;
  /** Rungs that cannot be made, and why. */
  readonly refused: readonly LeftOutRung[];
  /** How a picture of a camera is fed; null: the model takes no pictures of one size. */
  readonly picture: { readonly size: readonly [number, number]; readonly preprocessing: Preprocessing } | null;
}

export interface LiveJobRung {
  readonly name: string;
  readonly graph: Graph;
  readonly file: SourceFile | null;
  readonly accuracy: number | null;
  readonly joules: number | null;
}

export interface LeftOutRung {
  readonly name: string;
  /** null: it is no faster here than the rung that it would follow. */
  readonly reason: string | null;
}

/** What the job asks of the engine beside its state. */
export interface LiveSources {
  candidate(recipe: Recipe, report: ReportProgress): Promise<Candidate>;
  evaluate(recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<AccuracyReport>;
}

/** Examples that stream round and round, and that rungs without a known accuracy are measured on. */
const STREAMED_EXAMPLES = 500;
const LARGEST_STREAM_NBYTES = 32e6;
const FLOAT_NBYTES = 4;

/** Throws an UnsupportedError for models with several inputs or outputs. */
export async function liveJobOf(wish: LiveLadderWish, state: EngineState, { candidate, evaluate }: LiveSources, report: ReportProgress): Promise<LiveJob> {
  const [first] = wish.rungs;
  const original = await candidate(first!.recipe, report);
  const [input, output] = [portOf(original.graph, 'inputs', first!.name), portOf(original.graph, 'outputs', first!.name)];
  const profile = energyProfiles.find(({ id }) => id === wish.profile) ?? energyProfiles[0]!;
  const size = input.shape.reduce((product, one) => product * one, 1);
  const limit = Math.max(1, Math.min(STREAMED_EXAMPLES, Math.floor(LARGEST_STREAM_NBYTES / (size * FLOAT_NBYTES))));
  const examples = examplesFor(state, first!.recipe, limit);
  const rungs: LiveJobRung[] = [];
  const refused: LeftOutRung[] = [];
  for (const { name, recipe, accuracy } of wish.rungs) {
    try {
      const { graph, file } = await candidate(recipe, report);
      const known = accuracy ?? (examples.labels ? (await evaluate(recipe, 'wasm', limit, report)).accuracy.value : null);
      rungs.push({ name, graph, file, accuracy: known, joules: estimateEnergy(energyWork(graph), profile).joules.value });
    } catch (error) {
      // Without the first there is nothing to serve; another one is left out with its reason.
      if (rungs.length === 0 || isErrorOf(error, 'CancelledError')) throw error;
      refused.push({ name, reason: messageOf(error) });
    }
  }
  const [values] = await examples.inputs(0, Math.min(limit, examples.count));
  const preprocessing = preprocessingOf(state, first!.recipe);
  const pictures = pictureSize([-1, ...input.shape]);
  return {
    backend: wish.backend,
    rungs,
    refused,
    input,
    output,
    examples: Float32Array.from(values!.data),
    count: values!.shape[0]!,
    labels: examples.labels ? examples.labels.slice(0, values!.shape[0]) : null,
    picture: pictures && { size: pictures, preprocessing },
  };
}
