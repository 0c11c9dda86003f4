/**
 * Tables as text (RFC 4180; comma, semicolon or tab): one row an example, numbers only but for the label.
 *
 * The label column is, in this order: (1) the one named label, class, target or y; (2) the only column of words;
 * (3) the first, when the others are the pixels of a square picture, as in MNIST's tables; (4) the last, when it holds
 * whole numbers of at most 1,000 classes, each seen twice on average, and any other column holds fractions; (5) none.
 */
import { isErrorOf } from '../lib/errors';
import type { SourceFile } from '../lib/source-file';
import { dataError } from './data-error';
import { namedLabels, wholeLabels, type Labels } from './labels';
import { arrayInMemory, type StoredArray } from './stored-array';

const LARGEST_NBYTES = 512 * 1024 * 1024;
const LARGEST_COLUMN_COUNT = 200_000;
/** ImageNet has 1,000; a column of more different numbers is a quantity. */
const LARGEST_CLASS_COUNT = 1000;
const LABEL_NAMES = new Set(['label', 'labels', 'class', 'target', 'y']);

export interface Table {
  readonly examples: StoredArray;
  readonly labels: Labels | null;
}

export async function readCsv(file: SourceFile): Promise<Table> {
  if (file.blob.size > LARGEST_NBYTES) throw dataError(file.name, `it has ${file.blob.size} bytes, over the ${LARGEST_NBYTES} that are read as text. Save it as .npz.`);
  const text = (await file.blob.text()).replace(/^\uFEFF/, '');
  const rows = parseRows(text, file.name);
  const width = rows[0]?.length ?? 0;
  if (width > LARGEST_COLUMN_COUNT) throw dataError(file.name, `it has ${width} columns, over the ${LARGEST_COLUMN_COUNT} that are read.`);
  const ragged = rows.findIndex((row) => row.length !== width);
  if (ragged >= 0) throw dataError(file.name, `row ${ragged + 1} has ${rows[ragged]!.length} columns and row 1 has ${width}. Every row needs the same.`);
  const hasHeader = rows.length > 1 && rows[0]!.every((cell) => !isNumber(cell)) && rows[1]!.some(isNumber);
  const header = hasHeader ? rows[0]! : null;
  const body = hasHeader ? rows.slice(1) : rows;
  if (body.length === 0) throw dataError(file.name, 'it holds no rows.');
  const label = labelColumn(header, body);
  const kept = Array.from({ length: width }, (_, column) => column).filter((column) => column !== label);
  if (kept.length === 0) throw dataError(file.name, 'it holds nothing but labels. One row is an example: its numbers, and its label.');
  const examples = numbersOf(file.name, header, body, kept);
  return { examples, labels: label === null ? null : labelsOf(file.name, body.map((row) => row[label]!)) };
}

function parseRows(text: string, name: string): string[][] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const separator = ['\t', ';', ','].find((one) => firstLine.includes(one)) ?? ',';
  if (!text.includes('"')) {
    return text
      .split(/\r\n|\n|\r/)
      .filter((line) => line !== '')
      .map((line) => line.split(separator).map((cell) => cell.trim()));
  }
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = new RegExp(`\\s*(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r\\n|\\n|\\r|$)`, 'y');
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) throw dataError(name, `the quotes near character ${at} do not close. Write the table again.`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]!.trim());
    if (match[3] === separator) continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function labelColumn(header: readonly string[] | null, body: readonly (readonly string[])[]): number | null {
  const width = body[0]!.length;
  // 1. By name.
  const named = header?.findIndex((name) => LABEL_NAMES.has(name.toLowerCase())) ?? -1;
  if (named >= 0) return named;
  if (width < 2) return null;
  // 2. Words among numbers.
  const words = Array.from({ length: width }, (_, column) => column).filter((column) => !isNumber(body[0]![column]!));
  if (words.length === 1) return words[0]!;
  if (words.length > 1) return null;
  // 3. Pixels after a class.
  if (isPictureSize(width - 1) && body.every((row) => isWhole(row[0]!))) return 0;
  // 4. A class after quantities.
  const last = body.map((row) => row[width - 1]!);
  const classes = new Set(last).size;
  const hasFractions = body.some((row) => row.slice(0, -1).some((value) => !isWhole(value)));
  return hasFractions && last.every(isWhole) && classes <= LARGEST_CLASS_COUNT && classes * 2 <= last.length ? width - 1 : null;
}

/** A square of grey or three-coloured pixels, at least 8 × 8. */
function isPictureSize(columns: number): boolean {
  return [columns, columns / 3].some((size) => size >= 64 && Number.isInteger(Math.sqrt(size)));
}

/** Whole numbers as they are; anything else is a name. */
function labelsOf(name: string, cells: readonly string[]): Labels {
  if (!cells.every(isNumber)) return namedLabels(cells);
  try {
    return { labels: wholeLabels(cells.map(Number), name), classNames: null };
  } catch (error) {
    // Such as −1 and 1: two names.
    if (isErrorOf(error, 'DataError') && new Set(cells).size <= LARGEST_CLASS_COUNT) return namedLabels(cells);
    throw error;
  }
}

/** Pixels (a picture's number of columns, whole numbers up to 255) are bytes; everything else is float32. */
function numbersOf(name: string, header: readonly string[] | null, body: readonly (readonly string[])[], columns: readonly number[]): StoredArray {
  const data = new Float32Array(body.length * columns.length);
  let isBytes = isPictureSize(columns.length);
  for (const [i, row] of body.entries()) {
    for (const [j, column] of columns.entries()) {
      const cell = row[column]!;
      if (!isNumber(cell)) {
        const where = header ? `"${header[column]}"` : column + 1;
        throw dataError(name, `row ${i + (header ? 2 : 1)}, column ${where} is "${cell.slice(0, 40)}", not a number. Leave such columns out, or name the label's column "label".`);
      }
      const value = Number(cell);
      isBytes &&= Number.isInteger(value) && value >= 0 && value <= 255;
      data[i * columns.length + j] = value;
    }
  }
  const shape = [body.length, columns.length];
  return isBytes ? arrayInMemory(name, shape, 'uint8', Uint8Array.from(data)) : arrayInMemory(name, shape, 'float32', data);
}

function isNumber(cell: string): boolean {
  return cell !== '' && Number.isFinite(Number(cell));
}

function isWhole(cell: string): boolean {
  return isNumber(cell) && Number.isInteger(Number(cell)) && Number(cell) >= 0;
}
