/** whittle optimize with passes that train: on data given for it, to the same file with the same seed, beside its controls. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WritableArray } from '../../src/datasets/npy';
import { writeNpz } from '../../src/datasets/npz';
import { filesBelow, lastLine, MOBILE, temporaryFolder, whittle, type Outcome } from './whittle';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

interface Trained {
  training: { count: number; leftOut: number; origin: string };
  accuracy: { candidate: { count: number } };
  controls: { kind: string; comparison: { original: { count: number }; change: { low: number; high: number } } }[];
  diagnostics: { message: string }[];
}

/** A few of the sample's test images, in two files that share some. */
beforeAll(() => {
  const images = readFileSync('tests/fixtures/fashion/images.u8');
  const record = JSON.parse(readFileSync('tests/fixtures/fashion/expected-outputs.json', 'utf8')) as { labels: number[] };
  const write = (name: string, from: number, to: number): void => {
    const x = { shape: [to - from, 28, 28], dtype: 'uint8' as const, data: Uint8Array.from(images.subarray(from * 784, to * 784)) };
    const y = { shape: [to - from], dtype: 'int32' as const, data: Int32Array.from(record.labels.slice(from, to)) };
    writeFileSync(at(name), writeNpz(new Map<string, WritableArray>([['x', x], ['y', y]])));
  };
  write('measured.npz', 0, 16);
  write('train.npz', 12, 48);
});

const optimize = (out: string, ...more: string[]): Promise<Outcome> =>
  whittle('optimize', MOBILE, '--pass', 'prune-magnitude:sparsity=0.5,recoverEpochs=1', '--data', at('measured.npz'), '--train', at('train.npz'), '--format', 'keras', '--out', at(out), '--json', ...more);

describe('whittle optimize --train', () => {
  it('learns from what is not measured on, and says how far it is', async () => {
    const outcome = await optimize('one.keras', '--evaluate', '--controls', '--checkpoint', at('kept'));
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.err).toMatch(/prune-magnitude …\n( {2}epoch 1, step \d+ of \d+, loss \d+\.\d{4}.*left, on wasm\n?)+/);
    const { training, accuracy, controls, diagnostics } = outcome.json<Trained>();
    expect(training).toMatchObject({ count: 32, leftOut: 4, origin: 'separate' });
    expect(accuracy.candidate.count).toBe(16);
    expect(controls.map(({ kind, comparison }) => [kind, comparison.original.count])).toEqual([['plain-epochs', 16]]);
    expect(diagnostics.some(({ message }) => message.startsWith('Trained for 1 of 1 epochs on 32 examples'))).toBe(true);
    // Both trainings are kept, and found again.
    expect(filesBelow(at('kept')).filter((name) => name.startsWith('result-'))).toHaveLength(2);
    const again = await optimize('again.keras', '--checkpoint', at('kept'));
    expect(again.err).not.toMatch(/epoch 1/);
    expect(readFileSync(at('again.keras')).equals(readFileSync(at('one.keras')))).toBe(true);
  });

  it('gives the same file for the same seed, and another one for another', async () => {
    await optimize('same.keras');
    await optimize('other.keras', '--seed', '2');
    expect(readFileSync(at('same.keras')).equals(readFileSync(at('one.keras')))).toBe(true);
    expect(readFileSync(at('other.keras')).equals(readFileSync(at('one.keras')))).toBe(false);
  });

  it('needs data to learn from, and labels to compare controls on', async () => {
    const argv = ['optimize', MOBILE, '--pass', 'prune-magnitude:recoverEpochs=1', '--format', 'keras', '--out', at('none.keras')];
    const nothing = await whittle(...argv);
    expect(nothing.code).toBe(1);
    expect(lastLine(nothing)).toMatch(/--train/);
    const unlabelled = await whittle(...argv, '--train', at('train.npz'), '--controls');
    expect(unlabelled.code).toBe(2);
    expect(unlabelled.err).toMatch(/--controls compares accuracies/);
    expect(filesBelow(folder)).not.toContain('none.keras');
  });

  it('refuses to learn from the measured examples', async () => {
    const outcome = await whittle('optimize', MOBILE, '--pass', 'prune-magnitude:recoverEpochs=1', '--data', at('measured.npz'), '--train', at('measured.npz'), '--format', 'keras', '--out', at('none.keras'));
    expect(outcome.code).toBe(1);
    expect(lastLine(outcome)).toMatch(/among those that accuracy is measured on/);
  });
});
