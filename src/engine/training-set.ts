/**
 * Which examples the session learns from, and that none of them is measured on: data given separately, a share split off the
 * open data, or the part that the file itself sets aside for training. Whatever is among the measured examples too is left out.
 */
import type { Dataset } from '../datasets/dataset';
import { openDataset } from '../datasets/open';
import { exampleHashes, fingerprintOf } from '../datasets/same-examples';
import { subsetOf } from '../datasets/subset';
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import { hashBytes } from '../lib/hash-bytes';
import { shuffledIndices } from '../lib/random';
import type { ReportProgress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import type { EnginePlatform } from './platform';
import { requireSession, type EngineState } from './session';
import type { TrainingSummary } from './types';

export interface TrainingSet {
  readonly dataset: Dataset;
  /** Of `dataset`, in its order: what may be learned from. */
  readonly indices: Uint32Array;
  readonly origin: TrainingSummary['origin'];
  /** Examples that are measured on too, and therefore left out. */
  readonly leftOut: number;
  /** False: too many numbers, or pictures. */
  readonly isCompared: boolean;
  /** Names the examples by what they hold, and the choice of them. */
  readonly fingerprint: string;
}

/** The same share of the same data is always the same examples. */
const SPLIT_SEED = 1;
const LARGEST_SHARE = 0.95;
/** Both parts of a split hold at least this many. */
const SMALLEST_PART = 10;

/** Opens data to measure on. What was set aside of others is forgotten; data given separately to learn from stay. */
export function measureOn(dataset: Dataset, state: EngineState): void {
  if (state.training?.kind === 'separate') checkClasses(state.training.dataset, dataset);
  state.whole = dataset;
  learnFrom(state.training?.kind === 'separate' ? state.training : undefined, dataset, state);
}

/** Data of their own to learn from; their training part where they name one. They replace a split. */
export async function openTrainingData(files: readonly SourceFile[], state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<void> {
  requireSession(state);
  const opened = await openDataset(files, platform.decodeImage, report, platform.signal);
  const dataset = opened.training ? await opened.training() : opened;
  const { whole, training: before, dataset: measuredBefore } = state;
  if (whole) checkClasses(dataset, whole);
  learnFrom({ kind: 'separate', dataset }, whole, state);
  try {
    await trainingSetOf(state);
  } catch (error) {
    // Refused: what was there before stays.
    learnFrom(before, measuredBefore, state);
    throw error;
  }
}

/** Sets a share of the open data aside to learn from; accuracy is measured on the rest. 0: no split any more. */
export function splitDataset(share: number, state: EngineState): void {
  const { whole } = state;
  if (!whole) throw new WhittleError('DataError', 'There are no data to split. Open data first.');
  if (!(share >= 0 && share <= LARGEST_SHARE)) throw new WhittleError('OptionError', `The share to learn from is ${share}; 0 to ${LARGEST_SHARE} is allowed.`);
  const count = Math.round(whole.count * share);
  if (share > 0 && (count < SMALLEST_PART || whole.count - count < SMALLEST_PART)) {
    throw new WhittleError('DataError', `${whole.count} examples are too few to split: each part needs ${SMALLEST_PART}. Give training data of their own.`);
  }
  if (share === 0) return learnFrom(undefined, whole, state);
  const shuffled = shuffledIndices(whole.count, SPLIT_SEED);
  const rest = shuffled.slice(count).sort();
  learnFrom({ kind: 'split', dataset: whole, indices: shuffled.slice(0, count).sort() }, subsetOf(whole, rest), state);
}

/** null: there is nothing to learn from. Worked out once for a choice of data. */
export async function trainingSetOf(state: EngineState): Promise<TrainingSet | null> {
  if (state.trainingSet) return state.trainingSet;
  const finding = findTrainingSet(state);
  state.trainingSet = finding;
  // What failed once (a file on a stick that was out) may work when it is asked for again.
  finding.catch(() => {
    if (state.trainingSet === finding) state.trainingSet = undefined;
  });
  return finding;
}

export async function trainingSummaryOf(state: EngineState): Promise<TrainingSummary | null> {
  const set = await trainingSetOf(state);
  if (!set) return null;
  const { dataset, indices, origin, leftOut, isCompared } = set;
  return { name: dataset.name, count: indices.length, hasLabels: dataset.labels !== null, origin, leftOut, isCompared };
}

/** The same for calibrating, which needs no fingerprint: the open data's own part first, so that adding data to learn from changes no ranges. */
export async function calibrationSetOf({ dataset, whole, training }: EngineState): Promise<Dataset | null> {
  if (whole?.training) return whole.training();
  if (training?.kind === 'split') return subsetOf(training.dataset, training.indices);
  return training?.dataset ?? dataset ?? null;
}

async function findTrainingSet(state: EngineState): Promise<TrainingSet | null> {
  const { training, whole, dataset: measured } = state;
  if (training?.kind === 'split') {
    const { dataset, indices } = training;
    const hashes = await exampleHashes(dataset);
    const unseen = hashes && measured ? withoutSeen(hashes, indices, new Set(await exampleHashes(measured))) : indices;
    return describe(dataset, hashes, unseen, indices.length, 'split');
  }
  const dataset = training?.dataset ?? (whole?.training ? await whole.training() : null);
  if (!dataset) return null;
  const all = Uint32Array.from({ length: dataset.count }, (_, i) => i);
  const hashes = await exampleHashes(dataset);
  const seen = hashes && whole ? await exampleHashes(whole) : null;
  const unseen = hashes && seen ? withoutSeen(hashes, all, new Set(seen)) : all;
  if (unseen.length === 0) {
    throw new WhittleError('DataError', `Every example of ${dataset.name} is among those that accuracy is measured on. Give other data to learn from, or split the open data.`);
  }
  return describe(dataset, hashes, unseen, all.length, training ? 'separate' : 'own', !whole || seen !== null);
}

/** Names what recipes calibrate on, for as long as the engine lives. */
export function calibrationNumberOf({ whole, datasetNumber, training, trainingNumber }: EngineState): readonly number[] {
  return training && !whole?.training ? [datasetNumber, trainingNumber] : [datasetNumber];
}

async function describe(
  dataset: Dataset,
  hashes: Float64Array | null,
  indices: Uint32Array,
  offered: number,
  origin: TrainingSet['origin'],
  isCompared = hashes !== null,
): Promise<TrainingSet> {
  const fingerprint = hashOf([await fingerprintOf(dataset, hashes), hashBytes(indices)]);
  return { dataset, indices, origin, leftOut: offered - indices.length, isCompared, fingerprint };
}

function withoutSeen(hashes: Float64Array, indices: Uint32Array, seen: ReadonlySet<number>): Uint32Array {
  return indices.filter((index) => !seen.has(hashes[index]!));
}

/** Folders and name lists number the classes: other names would teach other numbers. */
function checkClasses(training: Dataset, measured: Dataset): void {
  const [ours, theirs] = [training.classNames, measured.classNames];
  if (!ours || !theirs || ours.join('\n') === theirs.join('\n')) return;
  throw new WhittleError('DataError', `${training.name} has the classes ${listed(ours)}, and the open data ${listed(theirs)}. Both need the same, in the same order.`);
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`;
}

/** What was predicted on other examples is forgotten; what was learned from others has another name. */
function learnFrom(training: EngineState['training'], measured: Dataset | undefined, state: EngineState): void {
  state.training = training;
  state.trainingSet = undefined;
  state.trainingNumber++;
  if (state.dataset === measured) return;
  state.dataset = measured;
  state.datasetNumber++;
  state.session?.predictions.clear();
}
