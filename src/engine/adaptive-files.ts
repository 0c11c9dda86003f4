/** The folder of an adaptive module: the module, its types, a page that uses it, the manifest and every rung's files. */
import { code, texts, types } from 'virtual:adaptive-module';
import type { Manifest } from '../adapt/module/manifest';
import type { WrittenFile } from '../formats/format';
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import { hashBytes } from '../lib/hash-bytes';
import type { Interval } from '../measure/types';
import type { Preprocessing } from '../passes/pass';
import { PROBE, type AdaptiveRung } from './adaptive-rung';

export interface AdaptiveFolder {
  readonly files: readonly WrittenFile[];
  readonly manifest: Manifest;
  readonly leftOut: readonly LeftOut[];
}

/** A rung that is of no use: another one is faster, and more accurate beyond doubt. */
export interface LeftOut {
  readonly name: string;
  readonly becauseOf: string;
  readonly accuracy: Interval;
  readonly betterAccuracy: Interval;
}

/**
 * `rungs`: of the same task, in any order; they are put from the dearest to the cheapest. Throws an ExportError when one takes or gives
 * another shape than the others.
 */
export function adaptiveFiles(name: string, rungs: readonly AdaptiveRung[], preprocessing: Preprocessing | null): AdaptiveFolder {
  const [first] = rungs;
  if (!first) throw new WhittleError('ExportError', 'An adaptive module needs one model at least.');
  for (const { entry, input, output } of rungs) {
    for (const [wanted, given, what] of [[first.input, input, 'takes'], [first.output, output, 'gives']] as const) {
      if (given.shape.join() === wanted.shape.join() && given.dtype === wanted.dtype) continue;
      throw new WhittleError(
        'ExportError',
        `${entry.name} ${what} ${given.shape.join('×')} ${given.dtype}, and ${first.entry.name} ${wanted.shape.join('×')} ${wanted.dtype}: the rungs of a ladder must do the same task. Leave one out.`,
      );
    }
  }
  const leftOut = rungs.flatMap((rung) => {
    const better = rungs.find((other) => dominates(other, rung));
    return better ? [{ rung, said: { name: rung.entry.name, becauseOf: better.entry.name, accuracy: rung.accuracy!, betterAccuracy: better.accuracy! } }] : [];
  });
  const ordered = rungs.filter((rung) => !leftOut.some((one) => one.rung === rung)).sort((a, b) => batchMs(b) - batchMs(a));
  const entries = ordered.map(({ entry }, i) => ({
    ...entry,
    tfjs: entry.tfjs && { ...entry.tfjs, model: `rungs/${i}/${entry.tfjs.model}`, weights: entry.tfjs.weights.map((file) => `rungs/${i}/${file}`) },
    litert: entry.litert && `rungs/${i}/${entry.litert}`,
  }));
  const content = { format: 'whittle-adaptive', version: 1, input: first.input, output: first.output, preprocessing, probe: PROBE, rungs: entries } as const;
  const manifest: Manifest = { ...content, id: idOf(content, ordered) };
  return {
    manifest,
    leftOut: leftOut.map(({ said }) => said),
    files: [
      textFile('package.json', `${JSON.stringify(packageOf(name), null, 2)}\n`),
      textFile('index.js', code),
      textFile('index.d.ts', types),
      ...Object.entries(texts).map(([file, text]) => textFile(file, text.replaceAll('NAME', packageName(name)))),
      textFile('manifest.json', `${JSON.stringify(manifest, null, 1)}\n`),
      ...ordered.flatMap(({ files }, i) => files.map((file) => ({ name: `rungs/${i}/${file.name}`, bytes: file.bytes }))),
    ],
  };
}

/** What orders a ladder: the time of a batch of eight. */
function batchMs({ entry: { service } }: AdaptiveRung): number {
  return service.overheadMs + 8 * service.perExampleMs;
}

/** Faster and more accurate, where both accuracies are known and their intervals stand apart: what differs by chance is no reason. */
function dominates(other: AdaptiveRung, rung: AdaptiveRung): boolean {
  return other.accuracy !== null && rung.accuracy !== null && other.accuracy.low > rung.accuracy.high && batchMs(other) < batchMs(rung);
}

/** Of what is in the folder, by its bytes; what a clock said is no part of it, or every export would be another ladder. */
function idOf({ rungs, ...content }: Omit<Manifest, 'id'>, ordered: readonly AdaptiveRung[]): string {
  const timeless = rungs.map(({ service: _service, ...rung }, i) => ({ ...rung, files: ordered[i]!.files.map(({ name, bytes }) => [name, hashBytes(bytes)]) }));
  return hashOf({ ...content, rungs: timeless });
}

function packageOf(name: string): Readonly<Record<string, unknown>> {
  return {
    name: packageName(name),
    version: '1.0.0',
    description: 'A ladder of models that is served at a steady load.',
    type: 'module',
    license: 'Apache-2.0',
    types: './index.d.ts',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './tfjs': { types: './tfjs.d.ts', default: './tfjs.js' },
      './manifest.json': './manifest.json',
    },
    files: ['*.js', '*.d.ts', '*.json', '*.html', 'rungs'],
    sideEffects: false,
    peerDependencies: { '@litertjs/core': '>=2', '@tensorflow/tfjs': '^4.22.0' },
    peerDependenciesMeta: { '@litertjs/core': { optional: true }, '@tensorflow/tfjs': { optional: true } },
  };
}

/** npm takes small letters, digits, dots, hyphens and underscores. */
function packageName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-').replaceAll(/^[._-]+|[._-]+$/g, '');
  return `${plain || 'model'}-adaptive`;
}

function textFile(name: string, text: string): WrittenFile {
  return { name, bytes: new TextEncoder().encode(text) };
}
