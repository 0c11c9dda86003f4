/** Takes the models of tests/fixtures/keras out through a writer and back in again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Format, FormatId, WrittenFile } from '../../../src/formats/format';
import { loadFormat } from '../../../src/formats/index';
import { openModel } from '../../../src/formats/open';
import type { Graph } from '../../../src/ir/graph';
import { isErrorOf } from '../../../src/lib/errors';
import { fileOf } from '../../../src/lib/source-file';
import { defaultsOf } from '../../../src/options/options';
import type { Batch } from '../../../src/runtime/backend';
import { caseFileBytes, caseValues, type KerasCase, kerasCases } from '../../fixtures/keras/cases';
import { runGraph } from '../../passes/run-graph';

/** Largest difference that other ways to sum the same float32 numbers make, of one in the outputs. */
export const TOLERANCE = 1e-5;

/** Cases that Whittle reads: one file of each, because all files of a case hold the same model. */
export function readableCases(): KerasCase[] {
  return kerasCases().filter((one) => one.group !== 'special' && one.group !== 'tfjs' && fileOfCase(one) !== undefined);
}

function fileOfCase(one: KerasCase): string | undefined {
  return one.files.find(({ kind }) => kind === 'keras' || kind === 'h5')?.path;
}

/** The graph, or null for what a reader may refuse. */
export async function openCase(one: KerasCase): Promise<Graph | null> {
  const path = fileOfCase(one)!;
  try {
    return (await openFiles([{ name: path.split('/').at(-1)!.replace(/\.gz$/, ''), bytes: caseFileBytes(path) as Uint8Array<ArrayBuffer> }]));
  } catch (error) {
    if (isErrorOf(error, 'UnsupportedError')) return null;
    throw error;
  }
}

export async function openFiles(files: readonly WrittenFile[]): Promise<Graph> {
  return (await openModel(files.map(({ name, bytes }) => fileOf(name, bytes)), () => {})).graph;
}

export async function writeDefaults(format: Format, graph: Graph): Promise<readonly WrittenFile[]> {
  return (await format.write(graph, defaultsOf(format.meta.writeOptions) as never, undefined)).files;
}

export function inputsOfCase(one: KerasCase): Batch[] {
  return one.inputs.map((input) => ({ shape: input.shape, dtype: input.dtype, data: caseValues(input) }));
}

/**
 * How far outputs are from what Keras answered, beside numbers of one; infinite when their sizes differ. Outputs are taken
 * one after another: the record holds the states of stacked cells as one array.
 */
export function distance(one: KerasCase, outputs: readonly Batch[]): number {
  const expected = one.outputs.flatMap((output) => [...caseValues(output)]);
  const actual = outputs.flatMap(({ data }) => [...data]);
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(value - actual[i]!) / Math.max(1, Math.abs(value));
    if (!(difference <= largest) && !Object.is(value, actual[i])) largest = difference;
  }
  return largest;
}

export interface CaseOutcome {
  readonly name: string;
  /** Why it cannot be written; undefined: it was. */
  readonly refusal?: string;
  /** From Keras's answer, after writing and reading. */
  readonly distance?: number;
  readonly files?: readonly WrittenFile[];
}

/**
 * Writes all cases and runs what is read back. With a folder in WHITTLE_EXPORT_FOLDER the files are left there, for
 * tests/fixtures/keras-export/open-in-keras.py.
 */
export async function exportCases(id: FormatId): Promise<CaseOutcome[]> {
  const format = await loadFormat(id);
  const outcomes: CaseOutcome[] = [];
  for (const one of readableCases()) {
    const name = `${one.id}.${one.writer}`;
    const graph = await openCase(one);
    if (!graph) continue;
    const answer = format.canWrite(graph);
    if (answer !== true) {
      outcomes.push({ name, refusal: answer });
      continue;
    }
    const files = await writeDefaults(format, graph);
    keep(`${id}/${name}`, files);
    const again = await openFiles(files);
    outcomes.push({ name, files, distance: distance(one, await runGraph(again, inputsOfCase(one))) });
  }
  return outcomes;
}

function keep(path: string, files: readonly WrittenFile[]): void {
  const folder = process.env.WHITTLE_EXPORT_FOLDER;
  if (!folder) return;
  mkdirSync(`${folder}/${path}`, { recursive: true });
  for (const { name, bytes } of files) writeFileSync(`${folder}/${path}/${name}`, bytes);
}
