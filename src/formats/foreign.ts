/** Files of other kinds that people drop, known by their magic bytes, and what can be done with each. */
import { baseName, type SourceFile } from '../lib/source-file';
import { isZip, openZip } from '../lib/zip';
import { readHead } from './detect';

const TO_KERAS = 'Open the Keras model that it was made from (.keras or .h5)';
const BY_CONVERTER = 'convert it with "tensorflowjs_converter", and open the model.json that it writes';

/** A sentence about a file that is no model of ours; undefined: nothing is known of it. */
export async function describeForeign(file: SourceFile): Promise<string | undefined> {
  const { bytes } = await readHead(file);
  const name = baseName(file.name);
  const ascii = (start: number, length: number): string => String.fromCharCode(...bytes.subarray(start, start + length));
  if (ascii(0, 4) === 'GGUF') return `${name} is a GGUF language model; Whittle works on Keras, TensorFlow.js and TensorFlow Lite models.`;
  if (/^\{"__metadata__"|^\{"[^"]+":\{"dtype"/.test(ascii(8, 200))) {
    return `${name} is a safetensors file, which holds weights without a network. Export the model from Keras instead.`;
  }
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) {
    return `${name} is a Python pickle, perhaps of PyTorch; Whittle does not run code from files. Export the model from Keras instead.`;
  }
  if (isZip(bytes)) {
    const members = await memberNames(file);
    if (members.some((member) => /(^|\/)data\.pkl$/.test(member))) {
      return `${name} is a PyTorch model, which Whittle does not read. Convert it to Keras and open the .keras file.`;
    }
    const models = members.filter((member) => /\.tflite$/i.test(member));
    // One alone is opened like a model in any zip.
    if (models.length > 1) return `${name} is a bundle of several TensorFlow Lite models (${listed(models)}). Unzip it, and open one of them.`;
  }
  if (/(^|\/)saved_model\.pb$/.test(file.name)) return `${name} is a TensorFlow SavedModel, which cannot be opened yet: ${BY_CONVERTER}.`;
  if (isProtobufOfOnnx(bytes, name)) return `${name} is an ONNX model, which cannot be opened yet. ${TO_KERAS}.`;
  if (/\.pb$/i.test(name)) return `${name} is a TensorFlow graph, which cannot be opened yet: ${BY_CONVERTER}.`;
  return undefined;
}

async function memberNames(file: SourceFile): Promise<readonly string[]> {
  try {
    return (await openZip(file)).members.map((member) => member.name);
  } catch {
    // A damaged archive is described as such by whoever opens it.
    return [];
  }
}

/** Enough to recognize a bundle by. */
const MOST_LISTED = 6;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return names.slice(0, MOST_LISTED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** ONNX has no magic: its first field is the IR version, a small number, and its second the producer's name. */
function isProtobufOfOnnx(head: Uint8Array, name: string): boolean {
  const isVersionFirst = head[0] === 0x08 && head[1]! >= 3 && head[1]! <= 20;
  return isVersionFirst && (head[2] === 0x12 || /\.onnx$/i.test(name));
}
