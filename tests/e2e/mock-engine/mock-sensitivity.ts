/** Made-up sensitivities: the first and the last layer bear least, and every strength harms more than the one before it. */
import type { EngineClient } from '../../../src/state/engine-client';
import type { SensitivityRow } from '../../../src/search/types';
import { defaultVariants } from '../../../src/search/variants';

/** Nats at the mildest strength. */
const layers: readonly (readonly [string, number, number])[] = [
  ['conv2d', 4e-3, 1_280],
  ['conv2d_1', 6e-4, 73_984],
  ['conv2d_2', 1e-4, 147_712],
  ['dense', 2e-6, 738_816],
  ['dense_1', 2e-3, 5_160],
];

export const mockRows: readonly SensitivityRow[] = layers.flatMap(([layer, mildest, nbytes]) =>
  defaultVariants.map((variant, i) => ({ layer, ...variant, kl: mildest * 3 ** (i % 6), bytesSaved: Math.round(nbytes * (0.3 + 0.06 * i)), macsSaved: 0 })),
);

/** What was given is known from then on. `goesOn`: resolves when the next row may come; rejects when everything is cancelled. */
export function mockSensitivity(goesOn: (row: number) => Promise<void>): EngineClient['sensitivity'] {
  let given = 0;
  return async ({ samples }, report, give) => {
    const known = given;
    for (const row of mockRows.slice(0, known)) give(row);
    for (const row of mockRows.slice(known)) {
      report({ stage: 'sensitivity', fraction: (given - known) / (mockRows.length - known), detail: row.layer });
      await goesOn(given);
      given += 1;
      give(row);
    }
    report({ stage: 'sensitivity', fraction: 1 });
    return { rows: mockRows, known, samples, source: 'training' };
  };
}
