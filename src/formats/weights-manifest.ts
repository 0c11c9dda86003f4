/**
 * The weights of a TensorFlow.js model: a manifest that lists tensors, and the shards that hold their bytes one after
 * another, without alignment. Quantized weights stay in their own numbers (affine uint8 and uint16, float16 halves).
 * Nothing is believed before it is checked against the size of the shards.
 */
import { WhittleError, throwIfCancelled } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { baseName, readBytes, type SourceFile } from '../lib/source-file';
import type { Encoding, Tensor } from '../ir/tensor';
import { checkedSize } from './checked-size';

/** Weights are read together until they reach this size: few reads for many small weights, and no large copy. */
const RUN_NBYTES = 4 * 1024 * 1024;
/** Strings carry no total length, so a window is read for them; vocabularies are far smaller than this. */
const STRING_WINDOW_NBYTES = 64 * 1024 * 1024;
/** A zero point this near to a whole number is the whole number that the writer rounded to. */
const WHOLE_ZERO_POINT_TOLERANCE = 1e-6;

export interface ManifestOptions {
  /** The model.json: shards are looked for beside it, and messages name it. */
  readonly main: SourceFile;
  readonly report?: ReportProgress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every weight of `manifest` (the `weightsManifest` of a model.json) from the shards among `files`, in the order
 * of the manifest; the optimizer's are left out. FormatError: a missing or truncated shard, a malformed entry.
 */
export async function readWeightsManifest(
  manifest: unknown,
  files: readonly SourceFile[],
  options: ManifestOptions,
): Promise<Map<string, Tensor>> {
  const groups = parseManifest(manifest, options.main.name);
  const shards = findShards(groups, files, options.main);
  const tensors = new Map<string, Tensor>();
  for (const [index, group] of groups.entries()) {
    const bytes = concatenation(shards[index]!);
    const add = (weight: WeightEntry, tensor: Tensor): void => {
      if (weight.isOptimizer) return;
      if (tensors.has(weight.name)) throw broken(options.main.name, `lists the weight "${weight.name}" twice`);
      tensors.set(weight.name, tensor);
    };
    let offset = 0;
    let run: { readonly weight: WeightEntry; readonly start: number }[] = [];
    let runStart = 0;
    const flush = async (): Promise<void> => {
      if (run.length === 0) return;
      throwIfCancelled(options.signal);
      const data = await bytes.read(runStart, offset);
      for (const { weight, start } of run) {
        add(weight, tensorOf(weight, data.subarray(start - runStart, start - runStart + weight.nbytes!)));
      }
      run = [];
      options.report?.({ stage: 'Reading weights', fraction: bytes.nbytes ? offset / bytes.nbytes : null });
    };
    for (const weight of group.weights) {
      if (weight.nbytes === null) {
        await flush();
        const strings = await readStrings(weight, bytes, offset);
        add(weight, { dtype: 'string', shape: weight.shape, encoding: { kind: 'dense', storage: 'string', data: strings.data } });
        offset = strings.end;
        continue;
      }
      if (offset + weight.nbytes > bytes.nbytes) throw truncated(weight, offset + weight.nbytes, bytes);
      if (offset - runStart + weight.nbytes > RUN_NBYTES) await flush();
      if (run.length === 0) runStart = offset;
      run.push({ weight, start: offset });
      offset += weight.nbytes;
    }
    await flush();
  }
  return tensors;
}

/** Every shard that a manifest names, in order. */
export function shardPaths(manifest: unknown, owner: string): string[] {
  return parseManifest(manifest, owner).flatMap((group) => group.paths);
}

type Quantization =
  | { readonly dtype: 'float16' }
  | { readonly dtype: 'uint8' | 'uint16'; readonly scale: number; readonly min: number };

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string';
  readonly quantization: Quantization | null;
  readonly isOptimizer: boolean;
  /** null for strings: only reading tells. */
  readonly nbytes: number | null;
}

interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

function parseManifest(manifest: unknown, owner: string): Group[] {
  if (!Array.isArray(manifest)) throw broken(owner, 'has no weightsManifest list');
  return manifest.map((group: unknown, index) => {
    if (!isRecord(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw broken(owner, `has a weightsManifest whose group ${index + 1} lacks "paths" or "weights"`);
    }
    const paths = group.paths.map((path: unknown) => {
      if (typeof path !== 'string' || path === '') throw broken(owner, `names a shard by ${JSON.stringify(path)}`);
      return path;
    });
    return { paths, weights: group.weights.map((weight: unknown) => parseWeight(weight, owner)) };
  });
}

function parseWeight(entry: unknown, owner: string): WeightEntry {
  if (!isRecord(entry) || typeof entry.name !== 'string') throw broken(owner, 'lists a weight without a name');
  const { name, dtype } = entry;
  const size = checkedSize(entry.shape, `the weight "${name}" of ${owner}`);
  const shape = entry.shape as number[];
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool' && dtype !== 'string') {
    throw new WhittleError(
      'UnsupportedError',
      `The weight "${name}" of ${owner} has the type ${JSON.stringify(dtype)}; Whittle reads float32, int32, bool and string.`,
    );
  }
  const quantization = parseQuantization(entry.quantization, name, owner);
  if (quantization && (dtype === 'bool' || dtype === 'string' || (dtype === 'int32' && quantization.dtype === 'float16'))) {
    throw broken(owner, `quantizes the ${dtype} weight "${name}"`);
  }
  const width = { float32: 4, int32: 4, bool: 1, float16: 2, uint8: 1, uint16: 2 };
  const nbytes = dtype === 'string' ? null : size * width[quantization ? quantization.dtype : dtype];
  return { name, shape, size, dtype, quantization, isOptimizer: entry.group === 'optimizer', nbytes };
}

function parseQuantization(value: unknown, name: string, owner: string): Quantization | null {
  if (value === undefined || value === null) return null;
  if (isRecord(value) && value.dtype === 'float16') return { dtype: 'float16' };
  if (!isRecord(value) || (value.dtype !== 'uint8' && value.dtype !== 'uint16')) {
    throw broken(owner, `quantizes the weight "${name}" in a way that TensorFlow.js does not know (uint8, uint16 and float16 are)`);
  }
  const { scale, min } = value;
  if (typeof scale !== 'number' || typeof min !== 'number' || !Number.isFinite(scale) || !Number.isFinite(min)) {
    throw broken(owner, `quantizes the weight "${name}" without a scale and a min`);
  }
  return { dtype: value.dtype, scale, min };
}

function findShards(groups: readonly Group[], files: readonly SourceFile[], main: SourceFile): SourceFile[][] {
  const folder = main.name.slice(0, main.name.length - baseName(main.name).length);
  const missing: string[] = [];
  const found = groups.map((group) =>
    group.paths.flatMap((path) => {
      const beside = files.find((file) => file.name === folder + path);
      const named = files.filter((file) => baseName(file.name) === baseName(path));
      const shard = beside ?? (named.length === 1 ? named[0] : undefined);
      if (shard) return [shard];
      missing.push(path);
      return [];
    }),
  );
  if (missing.length > 0) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more shard${missing.length > 2 ? 's' : ''} are missing` : ' is missing';
    const them = missing.length > 1 ? 'them' : 'it';
    throw new WhittleError('FormatError', `${missing[0]}${others}. Drop ${them} together with ${baseName(main.name)}.`);
  }
  return found;
}

/** The shards of a group as one run of bytes. */
interface Concatenation {
  readonly nbytes: number;
  readonly shards: readonly SourceFile[];
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

function concatenation(shards: readonly SourceFile[]): Concatenation {
  const nbytes = shards.reduce((sum, shard) => sum + shard.blob.size, 0);
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let shardStart = 0;
    for (const shard of shards) {
      const from = Math.max(start - shardStart, 0);
      const to = Math.min(end - shardStart, shard.blob.size);
      if (from < to) {
        const part = await readBytes(shard, from, to);
        if (part.length !== to - from) throw broken(shard.name, 'changed while it was read');
        parts.push(part);
      }
      shardStart += shard.blob.size;
    }
    if (parts.length === 1) return parts[0]!;
    const whole = new Uint8Array(end - start);
    let position = 0;
    for (const part of parts) {
      whole.set(part, position);
      position += part.length;
    }
    return whole;
  };
  return { nbytes, shards, read };
}

function tensorOf(weight: WeightEntry, bytes: Uint8Array<ArrayBuffer>): Tensor {
  return { dtype: weight.dtype, shape: weight.shape, encoding: encodingOf(weight, bytes) };
}

function encodingOf(weight: WeightEntry, bytes: Uint8Array<ArrayBuffer>): Encoding {
  const { quantization, size } = weight;
  if (quantization === null) {
    if (weight.dtype === 'float32') return { kind: 'dense', storage: 'float32', data: aligned(Float32Array, bytes, size) };
    if (weight.dtype === 'int32') return { kind: 'dense', storage: 'int32', data: aligned(Int32Array, bytes, size) };
    return { kind: 'dense', storage: 'bool', data: bytes };
  }
  if (quantization.dtype === 'float16') {
    return { kind: 'dense', storage: 'float16', data: aligned(Uint16Array, bytes, size) };
  }
  const { scale, min } = quantization;
  const values = quantization.dtype === 'uint8' ? bytes : aligned(Uint16Array, bytes, size);
  if (weight.dtype === 'int32') {
    return { kind: 'dense', storage: 'int32', data: Int32Array.from(values, (q) => Math.round(q * scale + min)) };
  }
  const bits = quantization.dtype === 'uint8' ? 8 : 16;
  if (scale === 0) {
    // Every value is min; a scale of one over zeros says the same without dividing by zero.
    const zeros = bits === 8 ? new Uint8Array(size) : new Uint16Array(size);
    return affine(bits, zeros, 1, -min);
  }
  const exact = -min / scale;
  const whole = Math.round(exact);
  const isWhole = Math.abs(exact - whole) <= WHOLE_ZERO_POINT_TOLERANCE * Math.max(1, Math.abs(exact));
  return affine(bits, values, scale, isWhole ? whole : -min / Math.fround(scale));
}

function affine(bits: 8 | 16, values: Uint8Array | Uint16Array, scale: number, zeroPoint: number): Encoding {
  return {
    kind: 'affine',
    bits,
    signed: false,
    values,
    scale: Float32Array.of(scale),
    zeroPoint: Float64Array.of(zeroPoint),
    axis: null,
    blockSize: null,
  };
}

/** A view of the bytes when they lie right, a copy otherwise. */
function aligned<A>(
  type: { new (buffer: ArrayBuffer, offset: number, length: number): A; readonly BYTES_PER_ELEMENT: number },
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): A {
  if (bytes.byteOffset % type.BYTES_PER_ELEMENT === 0) return new type(bytes.buffer, bytes.byteOffset, length);
  return new type(bytes.slice().buffer, 0, length);
}

async function readStrings(
  weight: WeightEntry,
  bytes: Concatenation,
  offset: number,
): Promise<{ data: string[]; end: number }> {
  // Each string takes at least its four bytes of length.
  if (offset + weight.size * 4 > bytes.nbytes) throw truncated(weight, offset + weight.size * 4, bytes);
  const window = await bytes.read(offset, Math.min(bytes.nbytes, offset + STRING_WINDOW_NBYTES));
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
  const decoder = new TextDecoder();
  const data: string[] = [];
  let position = 0;
  for (let i = 0; i < weight.size; i++) {
    const end = position + 4 <= window.length ? position + 4 + view.getUint32(position, true) : Infinity;
    if (end > window.length) throw truncated(weight, offset + Math.min(end, window.length + 1), bytes);
    data.push(decoder.decode(window.subarray(position + 4, end)));
    position = end;
  }
  return { data, end: offset + position };
}

function truncated(weight: WeightEntry, needed: number, bytes: Concatenation): WhittleError {
  const names = bytes.shards.map((shard) => baseName(shard.name));
  const which = names.length === 0 ? 'No shard is listed' : names.length === 1 ? `${names[0]} holds` : `${names[0]} to ${names.at(-1)} hold`;
  return new WhittleError(
    'FormatError',
    `${which} ${bytes.nbytes} bytes, but the weight "${weight.name}" needs at least ${needed}: a shard is truncated or belongs to another model.`,
  );
}

function broken(owner: string, what: string): WhittleError {
  return new WhittleError('FormatError', `${baseName(owner)} ${what}. Export the model again.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
