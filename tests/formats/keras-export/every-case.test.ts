/** Every Keras fixture goes out and comes back; Keras's recorded answers say whether it is still the same model. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runWithTfjsLoader } from '../../../src/runtime/tfjs/reference-loader';
import { kerasCases } from '../../fixtures/keras/cases';
import { type CaseOutcome, distance, exportCases, inputsOfCase, TOLERANCE } from './exported-cases';

/** Reading, writing and running a thousand small models. */
const TIME_LIMIT_MS = 600_000;

/** Fixtures that a format holds at least. The rest are refused by name; a smaller number means that some are lost. */
const HELD = { keras: 980, 'keras-h5': 925, 'tfjs-layers': 660 } as const;

describe.each(['keras', 'keras-h5', 'tfjs-layers'] as const)('%s', (id) => {
  let outcomes: CaseOutcome[] = [];
  beforeAll(async () => {
    outcomes = await exportCases(id);
  }, TIME_LIMIT_MS);

  it('answers as Keras did after writing and reading', () => {
    const wrong = outcomes.filter((one) => one.distance !== undefined && !(one.distance <= TOLERANCE));
    expect(wrong.map((one) => `${one.name}: ${one.distance}`)).toEqual([]);
  });

  it('holds most fixtures, and says which layer or operation it cannot hold in the others', () => {
    const refusals = outcomes.flatMap((one) => (one.refusal === undefined ? [] : [one.refusal]));
    expect(outcomes.length - refusals.length).toBeGreaterThanOrEqual(HELD[id]);
    for (const refusal of refusals) expect(refusal).toMatch(/cannot hold this model\. (The layer )?"[^"]+" \(\w[\w-]*\).*export that instead\.$/);
  });

  it.runIf(id === 'tfjs-layers')('is loaded by tf.loadLayersModel, which answers the same', async () => {
    const cases = new Map(kerasCases().map((one) => [`${one.id}.${one.writer}`, one]));
    const wrong: string[] = [];
    for (const { name, files } of outcomes) {
      if (!files) continue;
      const one = cases.get(name)!;
      const found = await runWithTfjsLoader(files, 'tfjs-layers', inputsOfCase(one), 'cpu').catch((error: unknown) => String(error));
      if (typeof found === 'string') wrong.push(`${name}: ${found}`);
      else if (!(distance(one, found) <= TOLERANCE)) wrong.push(`${name}: ${distance(one, found)}`);
    }
    expect(wrong).toEqual([]);
  }, TIME_LIMIT_MS);
});
