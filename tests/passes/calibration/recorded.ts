/** Recorded activations and what NumPy and SciPy say of them (tests/fixtures/calibration). */
import { readFileSync } from 'node:fs';

export const names = ['normal', 'relu', 'skewed'] as const;
export type RecordedName = (typeof names)[number];

export interface RecordedRanges {
  readonly minimum: number;
  readonly maximum: number;
  readonly movingMinimum: number;
  readonly movingMaximum: number;
  readonly percentile: readonly [number, number];
  readonly sqnrMinMax: number;
  readonly leastError: { readonly error: number; readonly range: readonly [number, number] };
  readonly power: number;
  readonly entropyCut: number;
  readonly means: readonly number[];
}

const COUNT = 40_000;
const folder = new URL('../../fixtures/calibration/', import.meta.url);
const bytes = new Uint8Array(readFileSync(new URL('activations.f32', folder)));
const all = new Float32Array(bytes.buffer);
const answers = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<RecordedName, RecordedRanges>;

export function activations(name: RecordedName): Float32Array {
  const start = names.indexOf(name) * COUNT;
  return all.slice(start, start + COUNT);
}

export const expected = (name: RecordedName): RecordedRanges => answers[name];
