import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/lib/random';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import { readTflite } from '../../../src/formats/tflite/read';
import { modelBytes } from './recorded-cases';

const FILES = ['conv-net-int8', 'branching-net-float16', 'dense-net-dynamic', 'lstm-time-major', 'densify-blocks', 'int4-dense', 'strided-slice', 'reshape-computed', 'split-v', 'rfft2d-parts', '../tflite-streaming/streaming-float32', '../tflite-streaming/streaming-int8'];
const TRIES = 60;
const SEED = 3;

/** The kind of error that reading ends with; null: it was read. */
async function outcome(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const main = fileOf('damaged.tflite', bytes);
  try {
    await readTflite({ main, files: [main], report: ignoreProgress });
    return null;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

const isInWords = (text: string | null): boolean => text === null || /^(FormatError|UnsupportedError): ./.test(text);

describe.each(FILES)('%s with damage', (name) => {
  it('is read, or refused in words, whatever bytes are changed', async () => {
    const random = createRandom(SEED);
    const outcomes: (string | null)[] = [];
    for (let k = 0; k < TRIES; k++) {
      const bytes = modelBytes(name);
      for (let changes = 1 + (k % 4); changes > 0; changes--) bytes[Math.floor(random.uniform() * bytes.length)] = Math.floor(random.uniform() * 256);
      outcomes.push(await outcome(bytes));
    }
    expect(outcomes.filter((text) => !isInWords(text))).toEqual([]);
  });

  it('is refused when its end is missing', async () => {
    const bytes = modelBytes(name);
    for (const share of [0.2, 0.5, 0.9]) {
      const text = await outcome(bytes.slice(0, Math.floor(bytes.length * share)));
      expect(text).toMatch(/^FormatError: ./);
    }
  });
});
