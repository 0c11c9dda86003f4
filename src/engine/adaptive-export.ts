/** The adaptive module of the open model's recipes: each rung written, proven, measured and timed as by the command line. */
import type { WrittenFile } from '../formats/format';
import type { ReportProgress } from '../lib/progress';
import type { Recipe } from '../passes/pass';
import { adaptiveFiles, type LeftOut } from './adaptive-files';
import { adaptiveRung, type AdaptiveRung, type AdaptiveRuntime } from './adaptive-rung';
import type { Engine } from './create-engine';
import { preprocessingOf } from './data';
import type { EngineState } from './session';

export interface AdaptiveExportWish {
  /** Of the module: the model's. */
  readonly name: string;
  readonly rungs: readonly { readonly name: string; readonly recipe: Recipe }[];
  readonly runtimes: readonly AdaptiveRuntime[];
  /** Examples for accuracy; 0: no labelled data are open. */
  readonly limit: number;
}

export interface AdaptiveExport {
  readonly files: readonly WrittenFile[];
  /** From the dearest to the cheapest. */
  readonly rungs: readonly { readonly name: string; readonly accuracy: number | null; readonly nbytes: number }[];
  readonly leftOut: readonly LeftOut[];
  /** Largest that proving the written files found; null: none was written for TensorFlow.js. */
  readonly largestDifference: number | null;
}

export async function exportAdaptive(engine: Engine, state: EngineState, { name, rungs, runtimes, limit }: AdaptiveExportWish, report: ReportProgress): Promise<AdaptiveExport> {
  const written: AdaptiveRung[] = [];
  for (const [i, rung] of rungs.entries()) {
    const within: ReportProgress = ({ fraction }) => report({ stage: 'Writing the ladder', fraction: (i + (fraction ?? 0)) / rungs.length, detail: rung.name });
    written.push(await adaptiveRung(engine, { ...rung, runtimes, limit }, within));
  }
  const { files, manifest, leftOut } = adaptiveFiles(name, written, preprocessingOf(state, rungs[0]!.recipe));
  const differences = written.flatMap(({ largestDifference }) => largestDifference ?? []);
  return {
    files,
    rungs: manifest.rungs.map(({ name: rung, accuracy, nbytes }) => ({ name: rung, accuracy, nbytes })),
    leftOut,
    largestDifference: differences.length > 0 ? Math.max(...differences) : null,
  };
}
