/** Labels as class numbers: whole numbers, one-hot rows, or names. */
import { dataError, shapeText } from './data-error';
import type { TextArray } from './npy';
import { allRows, type StoredArray } from './stored-array';

export interface Labels {
  readonly labels: Int32Array;
  readonly classNames: readonly string[] | null;
}

/** More classes than any classifier has outputs; larger numbers are no class numbers. */
const LARGEST_CLASS = 1_000_000;

/** Class of each of `count` examples. [n], [n, 1] or [n, classes]. */
export async function readLabels(array: StoredArray | TextArray, count: number): Promise<Labels> {
  const { name, shape } = array;
  const isColumn = shape.length === 1 || (shape.length === 2 && (shape[1] === 1 || array.dtype !== 'text'));
  if (!isColumn) throw dataError(name, `labels have the shape ${shapeText(shape)}; one class an example is read, as [n] or one-hot as [n, classes].`);
  if (shape[0] !== count) throw dataError(name, `there are ${shape[0]} labels and ${count} examples. Each example needs its label.`);
  if (array.dtype === 'text') return namedLabels(array.texts);
  const data = await allRows(array);
  const columns = shape[1] ?? 1;
  return { labels: columns === 1 ? wholeLabels(data, name) : largestOfRows(data, columns), classNames: null };
}

/** Names sorted, as folders are; the class is the place in that order. */
export function namedLabels(names: readonly string[]): Labels {
  const classNames = [...new Set(names)].sort();
  const numbers = new Map(classNames.map((name, i) => [name, i]));
  return { labels: Int32Array.from(names, (name) => numbers.get(name)!), classNames };
}

export function wholeLabels(data: ArrayLike<number>, name: string): Int32Array {
  const labels = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isInteger(value) || value < 0 || value > LARGEST_CLASS) {
      throw dataError(name, `label ${i} is ${value}; labels are whole class numbers from 0. Leave the labels out to compare outputs instead of accuracy.`);
    }
    labels[i] = value;
  }
  return labels;
}

function largestOfRows(data: ArrayLike<number>, columns: number): Int32Array {
  return Int32Array.from({ length: data.length / columns }, (_, row) => {
    let best = 0;
    for (let column = 1; column < columns; column++) if (data[row * columns + column]! > data[row * columns + best]!) best = column;
    return best;
  });
}
