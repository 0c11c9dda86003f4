/** A model that keeps variables, on the command line: its states may be left out, and the file that is written is proven with them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArrays } from '../../src/datasets/npz';
import { writeNpy } from '../../src/datasets/npy';
import { fileOf } from '../../src/lib/source-file';
import { temporaryFolder, whittle } from './whittle';

const MODEL = 'tests/fixtures/tflite-streaming/streaming-float32.tflite';
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const { cases } = JSON.parse(readFileSync('tests/fixtures/tflite-streaming/answers.json', 'utf8')) as {
  cases: Record<string, Record<'inputs' | 'outputs', { data: string }>>;
};
const numbersOf = (what: 'inputs' | 'outputs'): Float32Array => new Float32Array(new Uint8Array(Buffer.from(cases['streaming-float32']![what].data, 'base64')).buffer);

describe('a streaming model', () => {
  it('runs from its initial state when no state is given', async () => {
    writeFileSync(at('frame.npy'), writeNpy({ shape: [1, 1, 6], dtype: 'float32', data: numbersOf('inputs').slice(0, 6) }));
    const outcome = await whittle('run', MODEL, '--input', at('frame.npy'), '--output', at('out.npz'), '--json');
    expect(outcome.code).toBe(0);
    expect(outcome.json()).toMatchObject({ outputs: [{ output: 'scores' }, { output: 'window/next' }, { output: 'average/next' }] });
    const scores = (await readArrays(fileOf('out.npz', new Uint8Array(readFileSync(at('out.npz')))))).get('y0')!;
    numbersOf('outputs').slice(0, 4).forEach((expected, i) => expect(scores.data[i]!).toBeCloseTo(expected, 6));
  });

  it('is written with its variables, and LiteRT runs its twin', async () => {
    const outcome = await whittle('optimize', MODEL, '--pass', 'clean-up', '--format', 'tflite', '--out', at('written.tflite'), '--json');
    expect(outcome.code).toBe(0);
    const { verification } = outcome.json<{ verification: { largestDifference: number; litert: { twin: boolean; twinReason: string; largestDifference: number } } }>();
    expect(verification.largestDifference).toBe(0);
    expect(verification.litert).toMatchObject({ twin: true, twinReason: 'with its variables as inputs and outputs, so that every run starts alike' });
    expect(verification.litert.largestDifference).toBeLessThan(1e-5);
    const again = await whittle('inspect', at('written.tflite'), '--json');
    expect(again.json<{ inputs: { name: string }[] }>().inputs.map(({ name }) => name)).toEqual(['frame', 'window', 'average']);
  });
});
