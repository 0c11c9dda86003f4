/**
 * Reads one JavaScript literal (object, array, string, number, true, false, null and their minified forms `!0`, `!1`)
 * out of a script's text, without running the script: some packages ship their models as minified modules.
 */

/** The value of the literal that starts at `start`. What is not a plain literal is an error that names the position. */
export function readJsLiteral(text: string, start: number): unknown {
  return readValue({ text, at: start }, 0);
}

interface Cursor {
  readonly text: string;
  at: number;
}

/** Deeper than any model's JSON, and shallow enough to keep the stack. */
const MAX_DEPTH = 100;

const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' };

function readValue(cursor: Cursor, depth: number): unknown {
  if (depth > MAX_DEPTH) throw fail(cursor, `more than ${MAX_DEPTH} levels`);
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor, depth);
  if (first === '[') return readArray(cursor, depth);
  if (first === '"' || first === "'") return readString(cursor, first);
  if (first === '!') return readMinifiedBoolean(cursor);
  const number = match(cursor, NUMBER);
  if (number !== null) return Number(number);
  const word = match(cursor, WORD);
  if (word === 'true') return true;
  if (word === 'false') return false;
  if (word === 'null') return null;
  throw fail(cursor, word === null ? 'no literal' : `the word "${word}"`);
}

function readObject(cursor: Cursor, depth: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  cursor.at += 1;
  while (!takes(cursor, '}')) {
    if (entries.length > 0) expect(cursor, ',');
    const key = readKey(cursor);
    expect(cursor, ':');
    entries.push([key, readValue(cursor, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

function readArray(cursor: Cursor, depth: number): unknown[] {
  const values: unknown[] = [];
  cursor.at += 1;
  while (!takes(cursor, ']')) {
    if (values.length > 0) expect(cursor, ',');
    values.push(readValue(cursor, depth + 1));
  }
  return values;
}

function readKey(cursor: Cursor): string {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === '"' || first === "'") return readString(cursor, first);
  const key = match(cursor, WORD) ?? match(cursor, NUMBER);
  if (key === null) throw fail(cursor, 'no key');
  return key;
}

function readString(cursor: Cursor, quote: string): string {
  const { text } = cursor;
  let out = '';
  let from = cursor.at + 1;
  for (;;) {
    const end = text.indexOf(quote, from);
    if (end < 0) throw fail(cursor, 'a string without an end');
    const escape = text.slice(from, end).indexOf('\\');
    if (escape < 0) {
      cursor.at = end + 1;
      return out + text.slice(from, end);
    }
    const at = from + escape;
    const code = text[at + 1] ?? '';
    const hexLength = code === 'u' ? 4 : code === 'x' ? 2 : 0;
    const hex = text.slice(at + 2, at + 2 + hexLength);
    if (hexLength > 0 && !/^[\da-fA-F]+$/.test(hex)) throw fail(cursor, 'a broken escape');
    out += text.slice(from, at) + (hexLength > 0 ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[code] ?? code));
    from = at + 2 + hexLength;
  }
}

function readMinifiedBoolean(cursor: Cursor): boolean {
  const digit = cursor.text[cursor.at + 1];
  if (digit !== '0' && digit !== '1') throw fail(cursor, 'an expression');
  cursor.at += 2;
  return digit === '0';
}

function takes(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function expect(cursor: Cursor, character: string): void {
  if (!takes(cursor, character)) throw fail(cursor, `no "${character}"`);
}

function match(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0] ?? null;
  if (found !== null) cursor.at += found.length;
  return found;
}

function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at += 1;
}

function fail(cursor: Cursor, what: string): Error {
  return new Error(`Not a plain JavaScript literal: ${what} at character ${cursor.at}.`);
}
