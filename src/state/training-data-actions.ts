/** Finds out what there is to learn from, when somebody wants to know. */
import { findSample } from '../datasets/samples';
import { isErrorOf } from '../lib/errors';
import { baseName } from '../lib/source-file';
import { engine } from './engine-client';
import { fetchFile } from './fetch-model';
import { notifyError } from './notices-store';
import { useSession } from './session-store';
import { useTraining } from './training-store';

let asking: Promise<void> | null = null;

/** Asked once for a choice of data. */
export function askTrainingData(): Promise<void> {
  if (useTraining.getState().data !== undefined) return Promise.resolve();
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

async function ask(): Promise<void> {
  const { datasetNumber, model, source } = useSession.getState();
  const isSame = (): boolean => useSession.getState().datasetNumber === datasetNumber && useSession.getState().model === model;
  try {
    const client = await engine();
    const sample = source.kind === 'sample' ? findSample(source.id) : undefined;
    // A sample brings images to learn from, more than those in its data; they are loaded when somebody wants to train.
    const data = sample ? await client.openTrainingData([await fetched(sample.trainUrl)], () => {}) : await client.trainingData();
    if (isSame()) useTraining.setState({ data });
  } catch (error) {
    if (!isSame()) return;
    // The worker was ended for something else: the next one is asked.
    if (isErrorOf(error, 'CancelledError')) return ask();
    useTraining.setState({ data: null });
    notifyError(error);
  }
}

function fetched(path: string): ReturnType<typeof fetchFile> {
  const url = new URL(path, document.baseURI);
  return fetchFile(url, baseName(url.pathname), () => {}, new AbortController().signal);
}
