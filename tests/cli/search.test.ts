/** whittle sensitivity and whittle search: the table by falling divergence, and a written model that keeps what was asked for. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBytes } from '../../src/lib/source-file';
import { tinyData, tinyLayers, tinyModel } from '../engine/tiny-classifier';
import { lastLine, temporaryFolder, whittle } from './whittle';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [MODEL, DATA, WHOLE] = [at('model.json'), at('data.npz'), at('whole.npz')];

beforeAll(async () => {
  const files = await tinyModel();
  for (const file of files) writeFileSync(at(file.name), await readBytes(file));
  const [data] = await tinyData({ _train: 60, _test: 40 });
  writeFileSync(DATA, await readBytes(data!));
  const [whole] = await tinyData({ '': 60 });
  writeFileSync(WHOLE, await readBytes(whole!));
});

interface Row {
  layer: string;
  pass: string;
  options: object;
  bytesSaved: number;
  kl: number;
}

describe('whittle sensitivity', () => {
  it('prints layer, pass, options, bytes and divergence, the most sensitive first', async () => {
    const { code, out } = await whittle('sensitivity', MODEL, '--data', DATA, '--samples', '20');
    expect(code).toBe(0);
    const [first, , head, ...lines] = out.split('\n');
    expect(first).toBe('20 examples set aside for training; a divergence of 0 changes nothing');
    expect(head).toMatch(/^layer +pass +options +saved +KL$/);
    const { rows } = (await whittle('sensitivity', MODEL, '--data', DATA, '--samples', '20', '--json')).json<{ rows: Row[] }>();
    expect(lines).toHaveLength(rows.length);
    expect(new Set(rows.map(({ layer }) => layer))).toEqual(new Set(tinyLayers));
    for (const [i, { layer, pass }] of rows.entries()) expect(lines[i]).toMatch(new RegExp(`^${layer} +${pass} `));
    expect(rows.map(({ kl }) => kl)).toEqual(rows.map(({ kl }) => kl).toSorted((a, b) => b - a));
    expect(rows[0]!.kl).toBeGreaterThan(0);
  });

  it('says that it looks at random inputs, or at what is measured', async () => {
    expect((await whittle('sensitivity', MODEL, '--samples', '5')).out).toMatch(/^5 examples of random numbers;/);
    expect((await whittle('sensitivity', MODEL, '--data', WHOLE, '--samples', '5')).out).toMatch(/^5 examples of the data;/);
  });
});

interface Found {
  out: string;
  unmet: string[];
  message: string;
  best: { key: string; size: { raw: number; brotli: number }; measured: { bytes: number; accuracyDrop: number; macs: number } };
  candidates: { key: string; measured: { bytes: number; accuracyDrop: number } }[];
  front: string[];
  examples: number;
  accuracy: { candidate: { count: number } };
  recipe: { steps: { pass: string }[] };
}

describe('whittle search', () => {
  it('writes the best model, weighed as it lies there, and measures it on the other part', async () => {
    const out = at('best.tflite');
    const { code, json } = await whittle('search', MODEL, '--data', DATA, '--size', '5kB', '--candidates', '10', '--out', out, '--json');
    expect(code).toBe(0);
    const found = json<Found>();
    const bytes = readFileSync(out);
    expect(found.best.size.raw).toBe(bytes.length);
    expect(Math.abs(found.best.size.brotli - brotliCompressSync(bytes).length)).toBeLessThan(64);
    expect(found).toMatchObject({ out, unmet: [], examples: 60, accuracy: { candidate: { count: 40 } } });
    expect(found.best.measured.bytes).toBeLessThanOrEqual(5000);
    expect(found.front).toContain(found.best.key);
    expect(found.candidates.length).toBeLessThanOrEqual(10);
    const inspected = (await whittle('inspect', out, '--json')).json<{ recipe: { steps: unknown[] } }>();
    expect(inspected.recipe.steps).toEqual(found.recipe.steps);
  });

  it('prints the front, and the goal that was not met', async () => {
    const { code, out } = await whittle('search', MODEL, '--data', DATA, '--size', '100', '--drop', '50%', '--candidates', '6', '--format', 'tfjs', '--out', at('small'));
    expect(code).toBe(0);
    expect(out).toMatch(/^Not every goal was met by 6 candidates\. The nearest has \d+ bytes instead of at most 100\.$/m);
    expect(out).toMatch(/^6 candidates judged on 60 examples of .+ that are not measured on$/m);
    expect(out).toMatch(/^ *brotli +gzip +MACs +loss +passes$/m);
    expect(out).toMatch(/← written$/m);
    expect(readFileSync(join(at('small'), 'model.json'), 'utf8')).toContain('modelTopology');
  });

  it('splits data that set nothing aside, and is the same for the same seed', async () => {
    const run = (): Promise<{ json<T>(): T }> => whittle('search', MODEL, '--data', WHOLE, '--drop', '20%', '--candidates', '5', '--seed', '3', '--out', at('split.tflite'), '--json');
    const [one, other] = [(await run()).json<Found>(), (await run()).json<Found>()];
    expect(one).toMatchObject({ examples: 30, accuracy: { candidate: { count: 30 } } });
    expect(other.candidates).toEqual(one.candidates);
  });

  it('finds its measurements again in the checkpoint folder', async () => {
    const folderOfFindings = at('findings');
    const command = ['search', MODEL, '--data', DATA, '--size', '5kB', '--candidates', '3', '--checkpoint', folderOfFindings, '--out', at('again.tflite'), '--json'];
    const first = await whittle(...command);
    expect(readdirSync(folderOfFindings)).toHaveLength(2);
    const again = await whittle(...command);
    expect(again.json<Found>().candidates).toEqual(first.json<Found>().candidates);
    expect(first.err).toContain('sensitivity …');
    expect(again.err).not.toContain('sensitivity …');
  });

  it.each([
    [['--out', 'x'], 'A goal is needed: --size, --drop, --macs or --max-latency.'],
    [['--out', 'x', '--max-latency', 'fast'], '--max-latency is "fast"; use milliseconds such as 2.5 or 2.5ms.'],
    [['--out', 'x', '--size', '5kB', '--backend', 'wasm'], '--backend says where --max-latency is measured, and none is given.'],
    [['--out', 'x', '--size', '5kB', '--train-examples', '20'], '--train-examples says how candidates are trained; --epochs says that they are.'],
    [['--out', 'x', '--size', '5kB', '--epochs', '0'], '--epochs is "0"; a whole number from 1 is allowed.'],
    [['--out', 'x', '--size', '28x28'], '--size is "28x28"; use bytes such as 25000, 25kB or 1.2MB.'],
    [['--out', 'x', '--drop', '0.5'], '--drop is "0.5"; a percentage such as 0.5% is allowed.'],
    [['--out', 'x', '--macs', 'few'], '--macs is "few"; use a number such as 800000, 800k or 2.5M.'],
    [['--size', '5kB'], '--out is needed.'],
  ])('refuses %j', async (flags, says) => {
    const { code, err } = await whittle('search', MODEL, '--data', DATA, ...flags);
    expect(code).toBe(2);
    expect(err.split('\n')[0]).toBe(says);
    expect(lastLine({ code, out: '', err, json: () => ({}) as never })).toMatch(/^Usage: whittle search/);
  });
});
