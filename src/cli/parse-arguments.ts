/** Splits a command line into positional arguments and flags, and reads `id:option=value,…` through the options records. */
import { parseArgs } from 'node:util';
import { messageOf } from '../lib/errors';
import { valueFromText, type OptionsRecord, type OptionValue } from '../options/options';
import { UsageError } from './usage-error';

/** Every flag of every command; a command says which it takes. */
const flagTypes = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  recipe: { type: 'string' },
  pass: { type: 'string', multiple: true },
  keep: { type: 'string', multiple: true },
  data: { type: 'string' },
  train: { type: 'string' },
  student: { type: 'string' },
  seed: { type: 'string' },
  checkpoint: { type: 'string' },
  controls: { type: 'boolean' },
  limit: { type: 'string' },
  evaluate: { type: 'boolean' },
  verify: { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
  backend: { type: 'string' },
  batch: { type: 'string' },
  input: { type: 'string' },
  output: { type: 'string' },
  scale: { type: 'string' },
  mean: { type: 'string' },
  std: { type: 'string' },
  size: { type: 'string' },
  channels: { type: 'string' },
  adaptive: { type: 'string' },
  ladder: { type: 'string' },
  drop: { type: 'string' },
  macs: { type: 'string' },
  'max-latency': { type: 'string' },
  epochs: { type: 'string' },
  'final-epochs': { type: 'string' },
  'train-examples': { type: 'string' },
  candidates: { type: 'string' },
  samples: { type: 'string' },
} as const;

export type FlagName = keyof typeof flagTypes;

export interface Flags {
  text(name: FlagName): string | undefined;
  list(name: FlagName): readonly string[];
  has(name: FlagName): boolean;
}

export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly flags: Flags;
}

/** Throws a UsageError for a flag that does not exist or that the command does not take. */
export function parseArguments(argv: readonly string[], allowed: readonly FlagName[]): ParsedArguments {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: flagTypes, allowPositionals: true, strict: true });
    for (const name of Object.keys(values)) {
      if (name !== 'help' && !(allowed as readonly string[]).includes(name)) {
        throw new UsageError(`--${name} does not belong to this command; it takes ${allowed.map((flag) => `--${flag}`).join(', ')}.`);
      }
    }
    const flags: Flags = {
      text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
      list: (name) => (Array.isArray(values[name]) ? (values[name] as string[]) : []),
      has: (name) => values[name] === true,
    };
    return { positionals, flags };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error));
  }
}

/** Reads `id` or `id:option=value,option=value`. Throws a UsageError or an OptionError. */
export function parseSpecification(
  text: string,
  recordOf: (id: string) => OptionsRecord,
): { readonly id: string; readonly options: Readonly<Record<string, OptionValue>> } {
  const colon = text.indexOf(':');
  const id = colon < 0 ? text : text.slice(0, colon);
  const record = recordOf(id);
  const parts = colon < 0 ? [] : text.slice(colon + 1).split(',').filter((part) => part !== '');
  const entries = parts.map((part): [string, OptionValue] => {
    const equals = part.indexOf('=');
    if (equals < 1) throw new UsageError(`"${part}" in "${text}" should be option=value.`);
    const name = camelCase(part.slice(0, equals));
    const spec = record[name];
    if (!spec) throw new UsageError(`${id} has no option "${name}". It has: ${Object.keys(record).join(', ') || 'none'}.`);
    return [name, valueFromText(spec, part.slice(equals + 1), `${id}: ${name}`)];
  });
  return { id, options: Object.fromEntries(entries) };
}

/** A whole number given as a flag. */
export function wholeNumber(flags: Flags, name: FlagName, fallback: number, minimum: number): number {
  const text = flags.text(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < minimum) throw new UsageError(`--${name} is "${text}"; a whole number from ${minimum} is allowed.`);
  return value;
}

/** keep-zeros and keepZeros are the same option. */
function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
