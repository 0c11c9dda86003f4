/**
 * The public models of models.json, read from the npm packages that package.json pins. Nothing of a package is run:
 * JSON is parsed, and models wrapped in scripts are read as text.
 */
import { readFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJsLiteral } from './js-literal';

export interface CorpusInput {
  /** The name that tfjs gives the input. */
  readonly name: string;
  /** With every dynamic dimension set to a small size that the model accepts. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'string';
  /** Uniform random values in [low, high] keep the model in its working range. */
  readonly low: number;
  readonly high: number;
}

export interface CorpusOutput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface CorpusModel {
  readonly id: string;
  readonly package: string;
  /** The folder in node_modules, which differs from the package where two versions of one package are installed. */
  readonly folder: string;
  readonly version: string;
  readonly licence: string;
  /** Relative to `folder`. */
  readonly path: string;
  readonly kind: 'graph' | 'layers';
  readonly form: 'json' | 'nsfwjs-js';
  /** A reader without control flow must refuse the model, and name what it cannot run. */
  readonly controlFlow: boolean;
  readonly inputs: readonly CorpusInput[];
  /** As tfjs computed them once for `inputs`. */
  readonly outputs: readonly CorpusOutput[];
  /** How the weights are stored: their dtype, or the quantized one with the dtype that it stands for. */
  readonly weightDtypes: readonly string[];
  /** Graph: op names. Layers: class names. With how many nodes of each. */
  readonly ops: Readonly<Record<string, number>>;
  readonly nodeCount: number;
  /** Of the model's files, unwrapped. */
  readonly nbytes: number;
  /** By tfjs's own time on wasm: light under 50 ms, medium under 300 ms, heavy above. */
  readonly cost: 'light' | 'medium' | 'heavy';
}

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const corpusDirectory = dirname(fileURLToPath(import.meta.url));

/** Every model, those that must be refused included. */
export function readCorpusModels(directory = corpusDirectory): readonly CorpusModel[] {
  return JSON.parse(readFileSync(join(directory, 'models.json'), 'utf8')) as readonly CorpusModel[];
}

/** Whether `npm ci --prefix tests/corpus --ignore-scripts --omit=peer` has been run. */
export function isCorpusInstalled(directory = corpusDirectory): boolean {
  return readCorpusModels(directory).every((model) => existsSync(modelPath(model, directory)));
}

type Location = Pick<CorpusModel, 'folder' | 'path' | 'form'>;

/** The files of a model, as a person would drop them: `model.json` first, then its weights. */
export async function loadCorpusFiles(model: Location, directory = corpusDirectory): Promise<CorpusFile[]> {
  const main = modelPath(model, directory);
  switch (model.form) {
    case 'json': {
      const bytes = await readFile(main);
      const paths = weightPaths(JSON.parse(bytes.toString('utf8')));
      const weights = paths.map(async (path) => ({
        name: path,
        bytes: new Uint8Array(await readFile(join(dirname(main), path))),
      }));
      return [{ name: 'model.json', bytes: new Uint8Array(bytes) }, ...(await Promise.all(weights))];
    }
    case 'nsfwjs-js': {
      const json = await readExport(main);
      const weights = weightPaths(json).map(async (path) => ({
        name: path,
        bytes: decodeBase64(await readExport(join(dirname(main), `${path}.min.js`))),
      }));
      const bytes = new TextEncoder().encode(JSON.stringify(json));
      return [{ name: 'model.json', bytes }, ...(await Promise.all(weights))];
    }
    default:
      throw new Error(`Unknown form ${JSON.stringify(model.form satisfies never)}.`);
  }
}

function modelPath(model: Location, directory: string): string {
  return join(directory, 'node_modules', model.folder, model.path);
}

function weightPaths(json: unknown): string[] {
  const { weightsManifest } = json as { weightsManifest: readonly { paths: readonly string[] }[] };
  const paths = weightsManifest.flatMap((group) => group.paths);
  if (paths.some((path) => path.startsWith('/') || path.split('/').includes('..'))) {
    throw new Error(`A weight path leaves the model's folder: ${paths.join(', ')}.`);
  }
  return paths.map((path) => path.replace(/^\.\//, ''));
}

/** The literal that a browserify bundle of one module exports: `…{1:[function(r,m,e){m.exports=LITERAL},{}]}…`. */
async function readExport(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  const found = /\w\.exports=(?=[{"'])/.exec(text);
  if (found === null) throw new Error(`${path} exports no literal.`);
  return readJsLiteral(text, found.index + found[0].length);
}

function decodeBase64(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string') throw new Error('The weights are no base64 text.');
  return new Uint8Array(Buffer.from(text, 'base64'));
}
