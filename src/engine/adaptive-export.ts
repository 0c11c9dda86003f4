/** The adaptive module of the open model's recipes: each rung written, proven, measured and timed as by the command line. */
import type { WrittenFile } from '../formats/format';
import { isErrorOf, messageOf } from '../lib/errors';
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
  /** Rungs that cannot be made or written, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  /** Largest that proving the written files found; null: none was written for TensorFlow.js. */
  readonly largestDifference: number | null;
}

export async function exportAdaptive(engine: Engine, state: EngineState, { name, rungs, runtimes, limit }: AdaptiveExportWish, report: ReportProgress): Promise<AdaptiveExport> {
  const written: AdaptiveRung[] = [];
  const refused: { name: string; reason: string }[] = [];
  for (const [i, rung] of rungs.entries()) {
    const within: ReportProgress = ({ fraction }) => report({ stage: 'Writing the ladder', fraction: (i + (fraction ?? 0)) / rungs.length, detail: rung.name });
    try {
      written.push(await adaptiveRung(engine, { ...rung, runtimes, limit }, within));
    } catch (error) {
      // Without the first there is no module; another one is left out with its reason.
      if (i === 0 || isErrorOf(error, 'CancelledError')) throw error;
      refused.push({ name: rung.name, reason: messageOf(error) });
    }
  }
  const { files, manifest, leftOut } = adaptiveFiles(name, written, preprocessingOf(state, rungs[0]!.recipe));
  const differences = written.flatMap(({ largestDifference }) => largestDifference ?? []);
  return {
    files,
    rungs: manifest.rungs.map(({ name: rung, accuracy, nbytes }) => ({ name: rung, accuracy, nbytes })),
    leftOut,
    refused,
    largestDifference: differences.length > 0 ? Math.max(...differences) : null,
  };
}
