/** Any number of examples through a model that takes three at a time. */
import { describe, expect, it } from 'vitest';
import { fillingBatches } from '../../src/engine/fixed-batch';
import type { Batch, PreparedModel } from '../../src/runtime/backend';

const batchOf = (numbers: readonly number[]): Batch => ({ shape: [numbers.length, 1], dtype: 'float32', data: Float32Array.from(numbers) });

/** Doubles; refuses another batch, as LiteRT does. */
function doubling(batch: number, outputRows = batch): { model: PreparedModel; sizes: number[] } {
  const sizes: number[] = [];
  const run = async ([input]: readonly Batch[]): Promise<Batch[]> => {
    sizes.push(input!.shape[0]!);
    if (input!.shape[0] !== batch) throw new Error('another batch');
    const data = Float32Array.from(input!.data, (value) => value * 2);
    return [{ shape: [outputRows, 1], dtype: 'float32', data: data.slice(0, outputRows) }];
  };
  const runWith: PreparedModel['runWith'] = async (inputs, ids) => ({ outputs: await run(inputs), values: new Map(ids.map((id) => [id, { ...inputs[0]!, data: inputs[0]!.data.map((value) => value + 1) }])) });
  return { sizes, model: { run, runWith, nbytes: 0, dispose() {} } as unknown as PreparedModel };
}

describe('a model of batch 3', () => {
  it.each([1, 2, 3, 4, 6, 7])('answers %i examples, each once and in order', async (count) => {
    const { model, sizes } = doubling(3);
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    const [output] = await fillingBatches(model, 3).run([batchOf(numbers)]);
    expect(output!.shape).toEqual([count, 1]);
    expect([...output!.data]).toEqual(numbers.map((number) => number * 2));
    expect(sizes).toEqual(Array.from({ length: Math.ceil(count / 3) }, () => 3));
  });

  it('gives inner values of every example', async () => {
    const { outputs, values } = await fillingBatches(doubling(3).model, 3).runWith([batchOf([1, 2, 3, 4])], ['inner']);
    expect(outputs.map(({ data }) => [...data])).toEqual([[2, 4, 6, 8]]);
    expect([...values].map(([id, { shape, data }]) => [id, shape, [...data]])).toEqual([['inner', [4, 1], [2, 3, 4, 5]]]);
  });

  it('says that outputs which are not by example cannot be cut', async () => {
    const { model } = doubling(3, 1);
    await expect(fillingBatches(model, 3).run([batchOf([1, 2])])).rejects.toThrow('takes 3 examples at a time');
    expect((await fillingBatches(model, 3).run([batchOf([1, 2, 3])]))[0]!.shape).toEqual([1, 1]);
  });

  it('stops when it is cancelled', async () => {
    const { model } = doubling(3);
    const run = fillingBatches(model, 3, AbortSignal.abort()).run([batchOf([1, 2])]);
    await expect(run).rejects.toMatchObject({ name: 'CancelledError' });
  });
});
