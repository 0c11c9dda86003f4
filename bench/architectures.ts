/**
 * npm run bench -- architectures FOLDER [NAME …]: whole architectures as .tflite files, beside TensorFlow's converter. FOLDER is made by
 * bench/peers/architectures.py: NAME.keras, NAME.npz with Keras's own outputs, and the converter's figures. Each model is
 * exported as float, dynamic range and full integer, and the files run in LiteRT: float by its largest difference relative to
 * the largest output, the others by the SQNR of their outputs to Keras's, in dB.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles } from '../src/cli/source-files';
import { createNodeEngine } from '../src/cli/node-engine';
import { readArrays } from '../src/datasets/npz';
import { messageOf } from '../src/lib/errors';
import type { Recipe } from '../src/passes/pass';
import { makeStep } from '../src/passes/recipe';
import type { Batch } from '../src/runtime/backend';

interface Peer {
  readonly [mode: string]: { readonly bytes?: number; readonly seconds?: number; readonly sqnr?: number } | number;
}

/** The bars: differences of a float file, and dB that an integer file may stand below the converter's. */
const LARGEST_RELATIVE = 1e-4;
const LARGEST_LOSS_DB = 1;

const ignore = (): void => {};
const lossless = [makeStep('clean-up'), makeStep('fold-batch-norm')];
const modes: Readonly<Record<string, Recipe>> = {
  float: { version: 1, steps: lossless },
  dynamic: { version: 1, steps: [...lossless, makeStep('quantize-integer', { activations: 'float' })] },
  int8: { version: 1, steps: [...lossless, makeStep('quantize-integer', { samples: 32 })] },
};
/** No scaling: the arrays are what Keras was given. */
const asTheyAre = { scale: 1, mean: [], std: [], size: null, channels: null };

const [folder, ...chosen] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: npm run bench -- architectures FOLDER [NAME …]');
const peers = JSON.parse(readFileSync(join(folder, 'peers.json'), 'utf8')) as Record<string, Peer>;
const out = join(folder, 'whittle');
mkdirSync(out, { recursive: true });

for (const name of chosen.length > 0 ? chosen : Object.keys(peers)) {
  const path = join(folder, `${name}.keras`);
  if (!existsSync(path)) throw new Error(`${path} is missing.`);
  const engine = createNodeEngine();
  try {
    await compare(name, path, engine);
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name} | failed: ${messageOf(error)}`);
  } finally {
    await engine.dispose();
  }
}

async function compare(name: string, path: string, engine: ReturnType<typeof createNodeEngine>): Promise<void> {
  await engine.open(await sourceFiles(path), ignore);
  const data = await sourceFiles(join(folder!, `${name}.npz`));
  await engine.openDataset(data, ignore);
  const arrays = await readArrays(data[0]!);
  const [x, y] = [arrays.get('x')!, arrays.get('y')!];
  const example = x.data.length / x.shape[0]!;
  for (const [mode, steps] of Object.entries(modes)) {
    const recipe: Recipe = { ...steps, preprocessing: asTheyAre };
    try {
      const begin = performance.now();
      await engine.apply(recipe, ignore);
      const appliedMs = performance.now() - begin;
      const { files } = await engine.exportModel(recipe, 'tflite', {}, ignore);
      const { bytes } = files[0]!;
      writeFileSync(join(out, `${name}.${mode}.tflite`), bytes);
      const outputs: number[] = [];
      for (let i = 0; i < x.shape[0]!; i++) {
        const row: Batch = { shape: [1, ...x.shape.slice(1)], dtype: 'float32', data: Float32Array.from(x.data.slice(i * example, (i + 1) * example)) };
        const [result] = await engine.run(recipe, 'litert-wasm', [row]);
        outputs.push(...result!.data);
      }
      const peer = peers[name]?.[mode];
      const least = typeof peer === 'object' ? (peer.sqnr ?? 0) - LARGEST_LOSS_DB : Number.NEGATIVE_INFINITY;
      const isMet = mode === 'float' ? relativeDifference(y.data, outputs) <= LARGEST_RELATIVE : sqnr(y.data, outputs) >= least;
      if (!isMet) process.exitCode = 1;
      const beside = typeof peer === 'object' ? `converter: ${peer.bytes} bytes, ${peer.sqnr} dB, ${peer.seconds} s` : 'no peer';
      console.log(
        `${name} | ${mode} | ${bytes.length} bytes | relative ${relativeDifference(y.data, outputs).toExponential(1)}, ${sqnr(y.data, outputs).toFixed(2)} dB | recipe ${(appliedMs / 1e3).toFixed(2)} s | ${beside} | ${isMet ? 'met' : 'MISSED'}`,
      );
    } catch (error) {
      process.exitCode = 1;
      console.log(`${name} | ${mode} | failed: ${messageOf(error)}`);
    }
  }
}

function relativeDifference(expected: ArrayLike<number>, actual: readonly number[]): number {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    difference = Math.max(difference, Math.abs(expected[i]! - actual[i]!));
  }
  return difference / largest;
}

/** Signal to quantization noise: 10·log10(Σ y² / Σ (y − ŷ)²). */
function sqnr(expected: ArrayLike<number>, actual: readonly number[]): number {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < expected.length; i++) {
    signal += expected[i]! ** 2;
    noise += (expected[i]! - actual[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
