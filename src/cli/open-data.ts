/** The data of --data, and how they are fed to the open model when nobody says otherwise. */
import type { DatasetSummary } from '../datasets/dataset';
import { suggestPreprocessing } from '../datasets/preprocess';
import type { Engine } from '../engine/create-engine';
import type { ReportProgress } from '../lib/progress';
import type { Preprocessing } from '../passes/pass';
import { emptyRecipe } from '../passes/recipe';
import { sourceFiles } from './source-files';

export interface OpenedData {
  readonly dataset: DatasetSummary | null;
  /** Bytes are scaled to 0…1, fractions are taken as they are: what flags do not say follows from the data. */
  readonly suggested: Preprocessing;
}

export async function openData(engine: Engine, path: string | undefined, report: ReportProgress): Promise<OpenedData> {
  const { original } = await engine.graphsOf(emptyRecipe, report);
  const dataset = path === undefined ? null : await engine.openDataset(await sourceFiles(path), report);
  return { dataset, suggested: suggestPreprocessing(original, dataset) };
}
