/** What holds for every format: its files are known by content alone, and broken ones are refused in words. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/lib/random';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import { formatCatalog, formatIds } from '../../src/formats/catalog';
import { detect } from '../../src/formats/detect';
import type { FormatId } from '../../src/formats/format';
import { loadFormat } from '../../src/formats/index';
import { defaultsOf } from '../../src/options/options';
import { openModel } from '../../src/formats/open';
import { filesOf, weight, x } from '../formats/tfjs-graph/op-graph';
import { caseFileBytes, kerasCases } from '../fixtures/keras/cases';

interface Sample {
  readonly main: string;
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[];
}

/** The smallest useful model among the Keras fixtures. */
const CASE = 'dense';
const FIXTURES = new URL('../fixtures/keras/', import.meta.url);

const samples: Readonly<Record<FormatId, Sample>> = {
  keras: ofCase('keras'),
  'keras-h5': ofCase('h5'),
  'tfjs-layers': ofFolder('tfjs/keras2-cnn/'),
  tflite: ofTflite(),
  'tfjs-graph': { main: 'model.json', files: filesOf({ op: 'MatMul', operands: [x([2, 8]), weight([8, 4])] }) },
};

const titled = formatIds.map((id) => [id, samples[id]] as const);

describe('every format', () => {
  it('is in the catalog once, with an extension and a sentence', () => {
    expect(new Set(formatIds).size).toBe(formatCatalog.length);
    expect(formatCatalog.filter((meta) => meta.extensions.length === 0 || !meta.summary.endsWith('.'))).toEqual([]);
  });

  it.each(titled)('%s is detected by itself and by no other, whatever the file is called', async (id, sample) => {
    const main = sample.files.find((file) => file.name === sample.main)!;
    for (const name of [sample.main, 'unknown', 'weights.bin', 'image.png']) {
      const certainties = await detect(fileOf(name, main.bytes));
      const sure = formatIds.filter((format) => certainties[format] > 0);
      expect(sure).toEqual([id]);
    }
  });

  it.each(titled)('%s opens, and says how it can leave', async (id, sample) => {
    const opened = await openModel(sources(sample), ignoreProgress);
    expect(opened.format).toBe(id);
    expect(opened.graph.nodes.length).toBeGreaterThan(0);
    expect(opened.fileBytes).toBe(sample.files.reduce((sum, file) => sum + file.bytes.byteLength, 0));
    const answers = await Promise.all(formatIds.map(async (other) => (await loadFormat(other)).canWrite(opened.graph)));
    expect(answers.filter((answer) => answer !== true && answer.length < 20)).toEqual([]);
  });

  it.each(titled)('%s leaves in every format that can hold it, the same bytes each time, with its recipe', async (_, sample) => {
    const { graph } = await openModel(sources(sample), ignoreProgress);
    const recipe = { version: 1, steps: [] } as const;
    const left: FormatId[] = [];
    for (const id of formatIds) {
      const format = await loadFormat(id);
      if (format.canWrite(graph) !== true) continue;
      const { files } = await format.write(graph, defaultsOf(format.meta.writeOptions), recipe);
      expect(await format.write(graph, defaultsOf(format.meta.writeOptions), recipe)).toMatchObject({ files });
      const again = await openModel(files.map((file) => fileOf(file.name, file.bytes)), ignoreProgress);
      expect(again).toMatchObject({ format: id, recipe });
      expect(again.graph.inputs.length).toBe(graph.inputs.length);
      left.push(id);
    }
    expect(left).toContain('tfjs-graph');
  });

  it.each(titled)('%s cut off anywhere is refused with a FormatError', async (_, sample) => {
    for (const damaged of sample.files) {
      for (const length of prefixLengths(damaged.bytes.byteLength)) {
        const files = sources(sample, damaged.name, damaged.bytes.slice(0, length));
        await expect(openModel(files, ignoreProgress), `${damaged.name} cut to ${length} bytes`).rejects.toMatchObject({ name: 'FormatError' });
      }
    }
  });

  it.each(titled)('%s with flipped bytes opens, or is refused in words', async (_, sample) => {
    const random = createRandom(11);
    for (let trial = 0; trial < 120; trial++) {
      const damaged = sample.files[trial % sample.files.length]!;
      const bytes = damaged.bytes.slice();
      for (let flips = 0; flips < 4; flips++) bytes[random.integer(bytes.byteLength)] = random.integer(256);
      const outcome = await openModel(sources(sample, damaged.name, bytes), ignoreProgress).then(
        () => 'opened',
        (error: unknown) => (error as Error).name,
      );
      expect(['opened', 'FormatError', 'UnsupportedError']).toContain(outcome);
    }
  });
});

describe('what is no model', () => {
  it('is refused with the formats that are read', async () => {
    const random = createRandom(13);
    for (const length of [0, 1, 7, 100, 70_000]) {
      const noise = Uint8Array.from({ length }, () => random.integer(256));
      await expect(openModel([fileOf('noise', noise)], ignoreProgress)).rejects.toMatchObject({
        name: 'FormatError',
        message: expect.stringContaining('TensorFlow.js graph model'),
      });
    }
  });
});

function ofCase(kind: 'keras' | 'h5'): Sample {
  const { path } = kerasCases().find((one) => one.id === CASE && one.files[0]!.kind === kind)!.files[0]!;
  const name = path.split('/').at(-1)!.replace(/\.gz$/, '');
  return { main: name, files: [{ name, bytes: new Uint8Array(caseFileBytes(path)) }] };
}

/** A small net as the converter of TensorFlow writes it. */
function ofTflite(): Sample {
  const bytes = new Uint8Array(readFileSync(new URL('../fixtures/tflite/net-float32.tflite', import.meta.url)));
  return { main: 'model.tflite', files: [{ name: 'model.tflite', bytes }] };
}

function ofFolder(folder: string): Sample {
  const names = readdirSync(new URL(folder, FIXTURES));
  const files = names.map((name) => {
    const bytes = caseFileBytes(`${folder}${name}`);
    return { name: name.replace(/\.gz$/, ''), bytes: new Uint8Array(bytes) };
  });
  return { main: 'model.json', files };
}

function sources(sample: Sample, replaced = '', bytes = new Uint8Array()): SourceFile[] {
  return sample.files.map((file) => fileOf(file.name, file.name === replaced ? bytes : file.bytes));
}

/** The first bytes one by one, then ever further apart, and all but the last. */
function prefixLengths(nbytes: number): number[] {
  const first = Array.from({ length: Math.min(64, nbytes) }, (_, i) => i);
  const steps = Array.from({ length: 60 }, (_, i) => 64 + Math.floor(((nbytes - 64) * i) / 60));
  return [...new Set([...first, ...steps.filter((length) => length >= 64 && length < nbytes), nbytes - 1])];
}
