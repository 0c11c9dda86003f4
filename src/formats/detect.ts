/**
 * Whose file is it? By the first bytes, and for archives and JSON by what is inside; names decide nothing.
 * 1: mine, perhaps broken; 0: not mine.
 */
import { WhittleError } from '../lib/errors';
import { readBytes, type SourceFile } from '../lib/source-file';
import { isZip, openZip } from '../lib/zip';
import type { FileHead, FormatId } from './format';
import { isHdf5 } from './hdf5';
import { parseJson } from './json';
import { isKerasArchive } from './keras/detect';
import { isTfjsGraphJson } from './tfjs-graph/detect';
import { isTfjsLayersJson } from './tfjs-layers/detect';

export type Certainty = 0 | 1;

/** The start of a model.json, where its format nearly always stands. */
const HEAD_NBYTES = 64 * 1024;
/** Larger JSON is told by its head alone. */
const LARGEST_PARSED_NBYTES = 64 * 1024 * 1024;

export async function readHead(file: SourceFile): Promise<FileHead> {
  return { name: file.name, bytes: await readBytes(file, 0, HEAD_NBYTES), nbytes: file.blob.size };
}

/** How sure each format is that the file is its own. */
export async function detect(file: SourceFile): Promise<Readonly<Record<FormatId, Certainty>>> {
  const head = await readHead(file);
  const json = await jsonKind(head, file);
  return {
    keras: isZip(head.bytes) ? await kerasArchive(head, file) : 0,
    // HDF5 may begin at 512, 1024, … bytes into a file; within an archive that is the weights of a .keras model.
    'keras-h5': !isZip(head.bytes) && isHdf5(head.bytes) ? 1 : 0,
    'tfjs-layers': json === 'layers' ? 1 : 0,
    'tfjs-graph': json === 'graph' ? 1 : 0,
    tflite: isTflite(head.bytes) ? 1 : 0,
  };
}

/** A flatbuffer says of what schema it is in bytes 4 to 8. */
export function isTflite(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3';
}

async function kerasArchive(head: FileHead, file: SourceFile): Promise<Certainty> {
  try {
    return isKerasArchive(await openZip(file)) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WhittleError)) throw error;
    // The archive is damaged; Keras writes one of these first, and its reader says what is wrong.
    return KERAS_FIRST_MEMBERS.includes(firstMemberName(head.bytes)) ? 1 : 0;
  }
}

const KERAS_FIRST_MEMBERS: readonly string[] = ['metadata.json', 'config.json', 'model.weights.h5'];

/** From the first local header of a zip. */
function firstMemberName(head: Uint8Array): string {
  if (head.length < 30) return '';
  const length = head[26]! | (head[27]! << 8);
  return new TextDecoder().decode(head.subarray(30, 30 + length));
}

async function jsonKind(head: FileHead, file: SourceFile): Promise<'graph' | 'layers' | null> {
  const text = new TextDecoder().decode(head.bytes);
  if (!/^\uFEFF?\s*\{/.test(text)) return null;
  if (/"format"\s*:\s*"graph-model"|"modelTopology"\s*:\s*\{\s*"node"\s*:/.test(text)) return 'graph';
  if (/"format"\s*:\s*"layers-model"/.test(text)) return 'layers';
  if (/"modelTopology"\s*:\s*\{\s*"(keras_version|model_config|class_name|backend|training_config)"\s*:/.test(text)) return 'layers';
  if (head.nbytes > LARGEST_PARSED_NBYTES) return null;
  const json = await parsedOrNull(file);
  return isTfjsGraphJson(json) ? 'graph' : isTfjsLayersJson(json) ? 'layers' : null;
}

/** null: no JSON. */
export async function parsedOrNull(file: SourceFile): Promise<unknown> {
  try {
    return parseJson(new TextDecoder().decode(await readBytes(file)), file.name);
  } catch (error) {
    if (error instanceof WhittleError) return null;
    throw error;
  }
}
