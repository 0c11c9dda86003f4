/** whittle bench: the table of models that took turns. */
import { describe, expect, it } from 'vitest';
import { lastLine, temporaryFolder, unpackCase, whittle } from './whittle';

const folder = temporaryFolder();
const small = unpackCase(folder, 'keras3/dense.keras.gz');
const other = unpackCase(folder, 'keras3/dense-relu.keras.gz');
const unlike = unpackCase(folder, 'keras3/model-two-inputs-two-outputs.keras.gz');

interface Row {
  model: string;
  p50Ms: number;
  p90Ms: number;
  minimumMs: number;
  firstMs: number;
  speedup: { value: number; low: number; high: number } | null;
  verdict: string | null;
}

describe('whittle bench', () => {
  it('measures one model', async () => {
    const outcome = await whittle('bench', small, '--backend', 'cpu', '--batch', '2', '--json');
    expect(outcome.code).toBe(0);
    const { backend, batch, models } = outcome.json<{ backend: string; batch: number; models: Row[] }>();
    expect({ backend, batch }).toEqual({ backend: 'cpu', batch: 2 });
    expect(models).toHaveLength(1);
    expect(models[0]).toMatchObject({ model: small, speedup: null, verdict: null });
    expect(models[0]!.minimumMs).toBeLessThanOrEqual(models[0]!.p50Ms);
    expect(models[0]!.p50Ms).toBeLessThanOrEqual(models[0]!.p90Ms);
  });

  it('measures others against the first', async () => {
    const models = (await whittle('bench', small, other, '--json')).json<{ models: Row[] }>().models;
    expect(models.map(({ model }) => model)).toEqual([small, other]);
    expect(models[1]!.speedup!.low).toBeLessThanOrEqual(models[1]!.speedup!.value);
    expect(models[1]!.speedup!.high).toBeGreaterThanOrEqual(models[1]!.speedup!.value);
    expect(['same-speed', 'faster', 'slower']).toContain(models[1]!.verdict);
  });

  it('prints a table', async () => {
    const { code, out } = await whittle('bench', small, other);
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^model +p50 ms +p90 ms +first ms +against the first$/);
    expect(lines[1]).toMatch(/dense\.keras( +[\d.]+){3}$/);
    expect(lines[2]).toMatch(/dense-relu\.keras( +[\d.]+){3} +(same speed|faster|slower) [\d.]+ × \[[\d.]+, [\d.]+\]$/);
  });

  it('refuses models that take other inputs, and wrong usage', async () => {
    const outcome = await whittle('bench', small, unlike);
    expect(outcome).toMatchObject({ code: 1, out: '' });
    expect(lastLine(outcome).length).toBeGreaterThan(20);
    expect(await whittle('bench')).toMatchObject({ code: 2, out: '' });
    expect((await whittle('bench', small, '--batch', '0')).err).toMatch(/--batch is "0"; a whole number from 1 is allowed\.\nUsage: whittle bench/);
  });
});
