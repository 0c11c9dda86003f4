/** The `model.json` of a graph model: its parts, checked as far as the reader relies on them. */
import { WhittleError } from '../../lib/errors';
import { baseName, readBytes, type SourceFile } from '../../lib/source-file';
import type { DType } from '../../ops/signatures';
import type { Recipe } from '../../passes/pass';
import { parseJson } from '../json';
import { storedRecipe } from '../stored-recipe';
import { dtypeOf, shapeOf } from './attributes';
import { broken, isRecord, parseInputRef, type InputRef } from './graph-def';

/** The largest public graph has 2 MB of JSON; text past this is no topology, and would not fit a string in some browsers. */
const LARGEST_JSON_NBYTES = 128 * 1024 * 1024;

/** One entry of a signature. */
export interface Port {
  readonly key: string;
  readonly ref: InputRef;
  readonly dtype: DType | undefined;
  readonly shape: readonly number[] | null;
}

export interface ModelJson {
  readonly topology: unknown;
  readonly weightsManifest: unknown;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly producer: string;
  readonly recipe: Recipe | undefined;
}

export async function readModelJson(file: SourceFile): Promise<ModelJson> {
  const owner = baseName(file.name);
  if (file.blob.size > LARGEST_JSON_NBYTES) {
    throw new WhittleError('FormatError', `${owner} has ${file.blob.size} bytes of JSON; a model.json has at most ${LARGEST_JSON_NBYTES}.`);
  }
  const json = parseJson(new TextDecoder().decode(await readBytes(file)), owner);
  if (!isRecord(json)) throw broken(owner, 'is no JSON object');
  const metadata = isRecord(json.userDefinedMetadata) ? json.userDefinedMetadata : {};
  const signature = isRecord(json.signature) ? json.signature : metadata.signature;
  const producers = [json.generatedBy, json.convertedBy].filter((text): text is string => typeof text === 'string' && text !== '');
  return {
    topology: json.modelTopology,
    weightsManifest: json.weightsManifest,
    inputs: parsePorts(signature, 'inputs', owner),
    outputs: parsePorts(signature, 'outputs', owner),
    producer: producers.join(', '),
    recipe: storedRecipe(metadata.whittleRecipe),
  };
}

function parsePorts(signature: unknown, side: 'inputs' | 'outputs', owner: string): readonly Port[] {
  const ports = isRecord(signature) && isRecord(signature[side]) ? signature[side] : {};
  return Object.entries(ports).map(([key, port]) => {
    // An entry without a name stands for itself.
    const name = isRecord(port) ? (port.name ?? key) : undefined;
    if (typeof name !== 'string') throw broken(owner, `has a signature whose ${side} entry "${key}" names no tensor`);
    const { dtype, tensorShape } = port as Record<string, unknown>;
    return { key, ref: parseInputRef(name), dtype: dtypeOf(dtype), shape: shapeOf(tensorShape) };
  });
}
