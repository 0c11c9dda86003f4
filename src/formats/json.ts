/** JSON texts out of a file: bounded in size and nesting before they are parsed, because reading them recurses. */
import { WhittleError } from '../lib/errors';

/** Topologies of a thousand layers are under 10 MB. */
const LARGEST_TEXT = 256 * 1024 * 1024;
/** Models nest about ten levels a model; recursion over this many levels stays far from the end of the stack. */
const LARGEST_DEPTH = 200;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses JSON and Python's dialect of it (NaN, Infinity). FormatError: `what` is too large, too deep or no JSON. */
export function parseJson(text: string, what: string): unknown {
  if (text.length > LARGEST_TEXT) throw new WhittleError('FormatError', `${what} has ${text.length} characters, more than any model's.`);
  if (depthOf(text) > LARGEST_DEPTH) throw new WhittleError('FormatError', `${what} is nested over ${LARGEST_DEPTH} levels deep.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) => {
      if (token.startsWith('"')) return token;
      return token === 'NaN' ? 'null' : token === 'Infinity' ? '1e999' : '-1e999';
    });
    try {
      return JSON.parse(plain);
    } catch {
      throw new WhittleError('FormatError', `${what} is no complete JSON: the file is cut off or damaged. Get it again.`, { cause: error });
    }
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}
