/** Reading a layer's config: every value is checked, and what Whittle cannot run is refused with what it can. */
import { WhittleError } from '../../lib/errors';

/** Sizes, counts and factors in configs; more is a damaged or hostile file. */
const LARGEST_INTEGER = 2 ** 31 - 1;

export interface ConfigOwner {
  readonly path: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The layer as messages name it. */
export function describe(owner: ConfigOwner): string {
  return `The layer "${owner.path}" (${owner.className})`;
}

export function refuse(owner: ConfigOwner, why: string): never {
  throw new WhittleError('UnsupportedError', `${describe(owner)} ${why}`);
}

export function malformed(owner: ConfigOwner, why: string): never {
  throw new WhittleError('FormatError', `${describe(owner)} ${why}`);
}

export function integerOf(owner: ConfigOwner, key: string, fallback?: number): number {
  const value = owner.config[key] ?? fallback;
  if (Number.isInteger(value) && Math.abs(value as number) <= LARGEST_INTEGER) return value as number;
  return malformed(owner, `has ${key} = ${show(value)}, which is no whole number.`);
}

export function numberOf(owner: ConfigOwner, key: string, fallback?: number): number {
  const value = owner.config[key] ?? fallback;
  // Keras 3 writes NumPy scalars as {"class_name": "__numpy__", …}; older writers as plain numbers.
  if (typeof value === 'number') return value;
  return malformed(owner, `has ${key} = ${show(value)}, which is no number.`);
}

/** Null and absent give null. */
export function optionalNumberOf(owner: ConfigOwner, key: string): number | null {
  return owner.config[key] === null || owner.config[key] === undefined ? null : numberOf(owner, key);
}

export function flagOf(owner: ConfigOwner, key: string, fallback: boolean): boolean {
  const value = owner.config[key] ?? fallback;
  return typeof value === 'boolean' ? value : malformed(owner, `has ${key} = ${show(value)}, which is not true or false.`);
}

/** One number for all spatial dimensions, or one for each. */
export function integersOf(owner: ConfigOwner, key: string, count: number, fallback?: number): number[] {
  const value = owner.config[key] ?? fallback;
  const list = Array.isArray(value) ? (value as unknown[]) : new Array<unknown>(count).fill(value);
  if (list.length === count && list.every((item) => Number.isInteger(item) && Math.abs(item as number) <= LARGEST_INTEGER)) return list as number[];
  return malformed(owner, `has ${key} = ${show(value)}; ${count} whole numbers were expected.`);
}

/** Like `integersOf`, and each at least one. */
export function countsOf(owner: ConfigOwner, key: string, count: number, fallback?: number): number[] {
  const values = integersOf(owner, key, count, fallback);
  return values.every((value) => value >= 1) ? values : malformed(owner, `has ${key} = ${show(values)}; each must be at least 1.`);
}

/** A list of axes, or one. */
export function axesOf(owner: ConfigOwner, key: string, fallback: number): number[] {
  const value = owner.config[key] ?? fallback;
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list.every((item) => Number.isInteger(item)) ? (list as number[]) : malformed(owner, `has ${key} = ${show(value)}, which is no axis.`);
}

/** A name out of those that Whittle runs. */
export function choiceOf<C extends string>(owner: ConfigOwner, key: string, choices: readonly C[], fallback?: C): C {
  const value = owner.config[key] ?? fallback;
  const choice = choices.find((candidate) => candidate === value);
  return choice ?? refuse(owner, `has ${key} = ${show(value)}; Whittle runs ${choices.join(', ')}.`);
}

/** For the settings that must stand at a value because Whittle runs no other. */
export function demand(owner: ConfigOwner, key: string, wanted: unknown): void {
  const value = owner.config[key] ?? wanted;
  if (value !== wanted) refuse(owner, `has ${key} = ${show(value)}; Whittle runs only ${show(wanted)}.`);
}

export function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
