/**
 * A model as C++ source for firmware that has no files: an array of its bytes, aligned as the runtime wants it, with a header.
 * What the model needs while it runs stands in the header, as an estimate.
 */
import { WhittleError } from '../../lib/errors';
import { baseName } from '../../lib/source-file';
import type { WrittenFile } from '../format';
import { estimateArena, type ArenaEstimate } from './arena';
import { decodeModel } from './decode';

/** The largest program memory that microcontrollers address. Source code takes six characters a byte. */
const LARGEST_NBYTES = 16 * 2 ** 20;

/** `name` becomes the array's identifier and the files' names, e.g. `fashion_cnn` gives fashion_cnn.h and fashion_cnn.cc. */
export function writeCArray(bytes: Uint8Array, name: string): readonly WrittenFile[] {
  if (bytes.length > LARGEST_NBYTES) {
    throw new WhittleError(
      'ExportError',
      `The model has ${bytes.length} bytes, and a C array is for microcontrollers, which hold ${LARGEST_NBYTES} at most. Take the .tflite file, or compress further.`,
    );
  }
  const identifier = identifierOf(name);
  const text = new TextEncoder();
  return [
    { name: `${identifier}.cc`, bytes: text.encode(sourceOf(bytes, identifier)) },
    { name: `${identifier}.h`, bytes: text.encode(headerOf(identifier, bytes.length, estimateArena(decodeModel(bytes)))) },
  ];
}

/** The 16 bytes to which constants in the file are aligned hold only if the file is. */
const ALIGNMENT_NBYTES = 16;
const BYTES_PER_LINE = 12;

function sourceOf(bytes: Uint8Array, identifier: string): string {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += BYTES_PER_LINE) {
    const line = Array.from(bytes.subarray(start, start + BYTES_PER_LINE), (byte) => `0x${byte.toString(16).padStart(2, '0')}`);
    lines.push(`    ${line.join(', ')},`);
  }
  return `#include "${identifier}.h"

alignas(${ALIGNMENT_NBYTES}) const unsigned char ${identifier}[${bytes.length}] = {
${lines.join('\n')}
};
const unsigned int ${identifier}_len = ${bytes.length};
`;
}

function headerOf(identifier: string, nbytes: number, arena: ArenaEstimate): string {
  const guard = `${identifier.toUpperCase()}_H_`;
  return `#ifndef ${guard}
#define ${guard}

// A TensorFlow Lite model of ${nbytes} bytes, written by Whittle.
//
// Tensor arena: about ${arena.totalBytes} bytes on a 32-bit processor, of which activations are ${arena.activationBytes} bytes
// and states ${arena.variableBytes} bytes. An estimate: optimized kernels may ask for scratch memory on top. Start with more,
// call interpreter.arena_used_bytes() after AllocateTensors(), and reserve what it says.

extern const unsigned char ${identifier}[${nbytes}];
extern const unsigned int ${identifier}_len;

#endif  // ${guard}
`;
}

/** A name that C takes: letters, digits and underscores, not a digit first, and none of the reserved forms or keywords. */
function identifierOf(name: string): string {
  const words = baseName(name).replace(/\.[A-Za-z0-9]+$/, '').replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  if (words === '') return 'model';
  return /^\d/.test(words) || keywords.has(words) ? `model_${words}` : words;
}

/** C and C++ keywords without an underscore or with one, as names of models might be. */
const keywords: ReadonlySet<string> = new Set(
  ('alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const constexpr const_cast continue decltype ' +
    'default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long main mutable namespace new ' +
    'noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict return short signed sizeof ' +
    'static static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union unsigned using virtual ' +
    'void volatile wchar_t while xor xor_eq').split(' '),
);
