/** Lines of a report: what is said of many layers is said once. */
import { describe, expect, it } from 'vitest';
import { diagnosticLines, verificationLines } from '../../src/cli/report-text';
import type { ExportVerification } from '../../src/engine/types';
import { info, warning } from '../../src/lib/diagnostics';

describe('diagnostics', () => {
  it('of one sentence stand in one line, the first subjects named', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((subject) => warning('Its kernel stays float32.', subject));
    expect(diagnosticLines([info('Done.'), ...many, warning('Its kernel stays float32.')])).toEqual(['info: Done.', 'warning: a, b, c, d, and 2 more: Its kernel stays float32.']);
  });
});

describe('a proof', () => {
  const base: ExportVerification = { backend: 'wasm', samples: 16, largestDifference: 0, agreement: 1, referenceDifference: null, litert: null, litertReason: '' };
  it.each([
    { verification: base, line: undefined },
    { verification: { ...base, litertReason: 'This browser is too old.' }, line: 'LiteRT could not run it here: This browser is too old.' },
    {
      verification: { ...base, litert: { samples: 64, agreement: 0.984375, largestDifference: 0.0039, twin: false, twinReason: '' } },
      line: 'LiteRT ran these bytes: same top-1 98.44 %, largest difference 3.9e-3, n = 64',
    },
    {
      verification: { ...base, litert: { samples: 2, agreement: null, largestDifference: 0, twin: true, twinReason: 'for 2 examples at a time' } },
      line: 'LiteRT ran the same model for 2 examples at a time: largest difference 0.0e+0, n = 2',
    },
  ])('says what LiteRT did: $line', ({ verification, line }) => {
    expect(verificationLines(verification)).toEqual(['verified: re-opened and run, largest difference 0.0e+0', ...(line ? [line] : [])]);
  });
});
