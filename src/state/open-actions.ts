/** Opening things: models, data and recipes, from a drop, a picker, an address or the samples. */
import type { Recipe } from '../passes/pass';
import { parseRecipe } from '../passes/recipe';
import { isErrorOf, messageOf, WhittleError } from '../lib/errors';
import { baseName, type SourceFile } from '../lib/source-file';
import type { ReportProgress } from '../lib/progress';
import { findSample, type Sample } from '../datasets/samples';
import { sortDropped } from './drop';
import { engine, type EngineClient } from './engine-client';
import { resetExport, setVerified } from './export-store';
import { fetchFile, fetchModel, parseAddress } from './fetch-model';
import { dismissAllNotices, notify, notifyError } from './notices-store';
import { recordOriginalCost } from './original-run';
import { presetOf, presetOfSample, type PresetId } from './presets';
import { initialRecipe, withPreprocessing, withSteps } from './recipe-edit';
import { editRecipe, resetRecipe } from './recipe-store';
import { scheduleMeasuring, settleEngine, stopMeasuring } from './run-lane';
import { forgetData, forgetTrainedRuns, resetRuns } from './runs-store';
import { leaveSearch } from './search-stop';
import { useSession, type ModelSource, type Opening } from './session-store';
import { throttledProgress } from './throttled-progress';
import { stopTraining } from './train-actions';
import { forgetTrained, resetTraining, useTraining } from './training-store';
import { openDrawer, selectLayer } from './view-store';

/** Counts openings: one that was cancelled or overtaken commits nothing. */
let opening = 0;
let fetching: AbortController | null = null;
/** Files of a model that could not be opened: a shard that was missing may follow alone. */
let incomplete: readonly SourceFile[] | null = null;

/** Whatever was dropped or picked: a model, data, a recipe, or all three. */
export async function openFiles(files: readonly SourceFile[], source: ModelSource = { kind: 'files' }): Promise<void> {
  if (files.length === 0) return;
  await attempt(async (mine) => {
    const dropped = await sortDropped(files);
    const recipe = dropped.recipe ? parseRecipe(parseJson(await dropped.recipe.blob.text(), dropped.recipe.name)) : null;
    if (mine !== opening) return;
    if (dropped.model.length > 0) await openModelFiles(mine, withMissingPart(dropped.model), source, null);
    if (mine !== opening) return;
    if (recipe) applyRecipe(recipe);
    if (dropped.data.length > 0) await openData(mine, dropped.data);
  });
}

/** A model, by its address. */
export async function openAddress(address: string): Promise<void> {
  await attempt(async (mine) => {
    const url = parseAddress(address);
    show('model', baseName(url.pathname) || url.host);
    const files = await fetchModel(address, reporter(mine), newFetch());
    if (mine === opening) await openModelFiles(mine, files, { kind: 'url', url: url.href }, null);
  });
}

/** One click: the model, its data, and a recipe to begin with (a waiting one, else the balanced preset). */
export async function openSample(sample: Sample): Promise<void> {
  await attempt(async (mine) => {
    show('model', sample.label);
    const signal = newFetch();
    const model = await Promise.all(sample.modelUrls.map((path) => fetchBundled(path, mine, signal)));
    const data = await fetchBundled(sample.dataUrl, mine, signal);
    if (mine === opening) await openModelFiles(mine, model, { kind: 'sample', id: sample.id }, presetOfSample(sample.id));
    if (mine === opening) await openData(mine, [data]);
  });
}

/** Data to learn from, beside those that are measured on. */
export async function openTrainingFiles(files: readonly SourceFile[]): Promise<void> {
  if (files.length === 0) return;
  await attempt(async (mine) => {
    show('training', nameOfDrop(files));
    await learnFromOther(mine, async (client) => {
      // What a split had set aside is measured on again.
      if (useTraining.getState().data?.origin === 'split') await measureOnSplit(client, 0);
      const data = await client.openTrainingData(files, reporter(mine));
      if (mine === opening) useTraining.setState({ data });
    });
  });
}

/** Sets a share of the open data aside to learn from, and measures on the rest only; 0 undoes it. */
export async function splitData(share: number): Promise<void> {
  await attempt(async (mine) => {
    await learnFromOther(mine, (client) => measureOnSplit(client, share));
  });
}

/** A smaller model to be taught; none takes it away. */
export async function openStudentFiles(files: readonly SourceFile[] | null): Promise<void> {
  if (files?.length === 0) return;
  await attempt(async (mine) => {
    if (files) show('student', nameOfDrop(files));
    await learnFromOther(mine, async (client) => {
      const student = await client.openStudent(files, reporter(mine));
      if (mine === opening) useTraining.setState({ student });
    });
  });
}

/** Opens what a link names. */
export async function openSource(source: ModelSource): Promise<void> {
  if (source.kind === 'url') return openAddress(source.url);
  if (source.kind === 'files') return undefined;
  const sample = findSample(source.id);
  if (sample) await openSample(sample);
  else notify({ level: 'error', key: 'notice.noSuchSample', values: { id: source.id } });
}

/** Puts a recipe to work on the open model, or keeps it for the next one. */
export function applyRecipe(recipe: Recipe): void {
  if (!useSession.getState().model) {
    useSession.setState({ waitingRecipe: recipe });
    notify({ level: 'info', key: 'notice.recipeWaits' });
    return;
  }
  editRecipe((before) => completed(before, recipe));
}

/** Stops an opening under way; the model that was open before stays open. */
export async function cancelOpening(): Promise<void> {
  if (!useSession.getState().opening) return;
  opening += 1;
  fetching?.abort();
  useSession.setState({ opening: null });
  await (await engine()).cancel().catch(notifyError);
  scheduleMeasuring();
}

/** Asks the device what it has, once. */
export async function askDevice(): Promise<void> {
  try {
    const client = await engine();
    const backends = await client.backends();
    useSession.setState({ backends });
    useSession.setState({ clockStepMs: await client.clockStepMs() });
  } catch (error) {
    useSession.setState((session) => ({ backends: session.backends ?? [] }));
    notifyError(error);
  }
}

async function openModelFiles(
  mine: number,
  files: readonly SourceFile[],
  source: ModelSource,
  preset: PresetId | null,
): Promise<void> {
  show('model', nameOfDrop(files));
  stopMeasuring();
  await stopTraining();
  await leaveSearch();
  await settleEngine();
  incomplete = files;
  const model = await (await engine()).open(files, reporter(mine));
  if (mine !== opening) return;
  incomplete = null;
  const { waitingRecipe, waitingData } = useSession.getState();
  resetRuns();
  resetTraining();
  recordOriginalCost(model);
  resetExport(model);
  selectLayer(null);
  const begin = waitingRecipe ?? (preset ? withSteps(initialRecipe(), presetOf(preset).steps) : null);
  useSession.setState({ model, source, fileName: nameOfDrop(files), dataset: null, waitingRecipe: null, waitingData: null });
  resetRecipe();
  if (begin) editRecipe((before) => completed(before, begin));
  dismissAllNotices();
  if (model.recipe) notify({ level: 'info', key: 'notice.madeByWhittle' });
  if (waitingData) await openData(mine, waitingData);
  else if (preset === null) scheduleMeasuring();
}

/** Weight files alone belong to the model that was dropped before them and could not be opened without. */
function withMissingPart(files: readonly SourceFile[]): readonly SourceFile[] {
  const areWeightsOnly = files.every((file) => file.name.toLowerCase().endsWith('.bin'));
  return areWeightsOnly && incomplete ? [...incomplete, ...files] : files;
}

async function openData(mine: number, files: readonly SourceFile[]): Promise<void> {
  if (!useSession.getState().model) {
    useSession.setState({ waitingData: files });
    notify({ level: 'info', key: 'notice.dataWaits', values: { name: nameOfDrop(files) } });
    return;
  }
  show('data', nameOfDrop(files));
  stopMeasuring();
  await stopTraining();
  await leaveSearch();
  try {
    await settleEngine();
    const dataset = await (await engine()).openDataset(files, reporter(mine));
    if (mine !== opening) return;
    forgetData();
    forgetTrained();
    useTraining.setState({ data: undefined });
    setVerified(null);
    useSession.setState((session) => ({ dataset, datasetNumber: session.datasetNumber + 1 }));
    if (!dataset.hasLabels) openDrawer('data');
  } finally {
    if (mine === opening) scheduleMeasuring();
  }
}

/** Changes what is learned from: no training goes on, and what was learned from others is forgotten. */
async function learnFromOther(mine: number, change: (client: EngineClient) => Promise<void>): Promise<void> {
  stopMeasuring();
  await stopTraining();
  await leaveSearch();
  try {
    await settleEngine();
    await change(await engine());
    if (mine !== opening) return;
    forgetTrained();
    forgetTrainedRuns();
    setVerified(null);
  } finally {
    if (mine === opening) scheduleMeasuring();
  }
}

async function measureOnSplit(client: EngineClient, share: number): Promise<void> {
  const dataset = await client.splitDataset(share);
  forgetData();
  useSession.setState((session) => ({ dataset, datasetNumber: session.datasetNumber + 1 }));
  useTraining.setState({ data: await client.trainingData() });
}

async function fetchBundled(path: string, mine: number, signal: AbortSignal): Promise<SourceFile> {
  const url = new URL(path, document.baseURI);
  return fetchFile(url, baseName(url.pathname), reporter(mine), signal);
}

async function attempt(work: (mine: number) => Promise<void>): Promise<void> {
  const mine = ++opening;
  fetching?.abort();
  try {
    await work(mine);
  } catch (error) {
    if (mine === opening && !isErrorOf(error, 'CancelledError')) notifyError(error);
  } finally {
    if (mine === opening) {
      useSession.setState({ opening: null });
      scheduleMeasuring();
    }
  }
}

function newFetch(): AbortSignal {
  fetching = new AbortController();
  return fetching.signal;
}

function show(what: Opening['what'], name: string): void {
  useSession.setState({ opening: { what, name, progress: null } });
}

function reporter(mine: number): ReportProgress {
  return throttledProgress((progress) => {
    if (mine !== opening) return;
    useSession.setState((session) => (session.opening ? { opening: { ...session.opening, progress } } : {}));
  });
}

/** The recipe's own steps on top of the stack on screen; its preprocessing when it has one. */
function completed(before: Recipe, recipe: Recipe): Recipe {
  return withPreprocessing(withSteps(before, recipe.steps), recipe.preprocessing ?? before.preprocessing);
}

/** A dropped folder's name, or the file's. */
function nameOfDrop(files: readonly SourceFile[]): string {
  const first = files[0]?.name ?? '';
  const folder = first.includes('/') ? first.split('/')[0]! : null;
  return folder ?? files.find((file) => file.name.endsWith('.json'))?.name ?? first;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WhittleError('FormatError', `${name} is not valid JSON: ${messageOf(cause)}.`, { cause });
  }
}

/** Takes the recipe that the model itself carries. */
export function applyOwnRecipe(): void {
  const { model } = useSession.getState();
  if (model?.recipe) editRecipe((before) => completed(before, model.recipe!));
}
