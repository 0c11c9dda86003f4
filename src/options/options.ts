/**
 * An option is declared once, as a record. The form in the page, the command line's flags, the check of a recipe, the
 * types and the reference all read that record; nobody writes an option's name, range or default a second time.
 */
import { WhittleError } from '../lib/errors';

interface Described {
  /** A noun, as it stands beside the control. */
  readonly label: string;
  /** One sentence: what it changes, what it costs. */
  readonly help: string;
  /** Shown only while another option of the same record has one of these values. */
  readonly shownWhen?: { readonly option: string; readonly is: readonly (string | number | boolean)[] };
  /** Options of one group stand together, apart from the others: `recover`. */
  readonly group?: string;
}

export interface BooleanOption extends Described {
  readonly type: 'boolean';
  readonly default: boolean;
}

export interface NumberOption extends Described {
  readonly type: 'number' | 'integer';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly step?: number;
  /** How the slider maps and the value prints: a share of one prints as per cent, log2 moves by doublings. */
  readonly scale?: 'linear' | 'percent' | 'log2';
  readonly unit?: string;
}

export interface ChoiceOption extends Described {
  readonly type: 'choice';
  readonly default: string;
  readonly choices: readonly { readonly value: string; readonly label: string; readonly help?: string }[];
}

export type OptionSpec = BooleanOption | NumberOption | ChoiceOption;
export type OptionsRecord = Readonly<Record<string, OptionSpec>>;
export type OptionValue = boolean | number | string;

/** The values that a record describes; a choice is the union of its values. */
export type OptionValues<R extends OptionsRecord> = {
  readonly [K in keyof R]: R[K] extends { type: 'boolean' }
    ? boolean
    : R[K] extends { type: 'choice'; choices: readonly { value: infer V }[] }
      ? V
      : number;
};

/** Declares a record and keeps its literal types. Throws an OptionError when a default is outside its own range. */
export function defineOptions<const R extends OptionsRecord>(record: R): R {
  for (const [name, spec] of Object.entries(record)) checkValue(name, spec, spec.default);
  return record;
}

export function defaultsOf<R extends OptionsRecord>(record: R): OptionValues<R> {
  const values = Object.entries(record).map(([name, spec]) => [name, spec.default]);
  return Object.fromEntries(values) as OptionValues<R>;
}

/**
 * Completes and checks values given by a person or a file. An unknown name, a wrong type and a value out of range are
 * OptionErrors that say what is allowed; `owner` names whose options they are.
 */
export function parseOptions<R extends OptionsRecord>(
  record: R,
  given: Readonly<Record<string, unknown>>,
  owner: string,
): OptionValues<R> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(record, name)) {
      const names = Object.keys(record);
      const near = nearestName(name, names);
      throw new WhittleError(
        'OptionError',
        `${owner} has no option "${name}".${near ? ` Did you mean "${near}"?` : ''} It has: ${names.join(', ') || 'none'}.`,
      );
    }
  }
  const values = Object.entries(record).map(([name, spec]) => {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default;
    return [name, checkValue(`${owner}: ${name}`, spec, value)];
  });
  return Object.fromEntries(values) as OptionValues<R>;
}

/** Reads an option's value from the text of a flag. Throws an OptionError. */
export function valueFromText(spec: OptionSpec, text: string, name: string): OptionValue {
  switch (spec.type) {
    case 'boolean':
      if (text === 'true' || text === 'yes' || text === '1') return true;
      if (text === 'false' || text === 'no' || text === '0') return false;
      throw new WhittleError('OptionError', `${name} is "${text}"; allowed: true, false.`);
    case 'number':
    case 'integer': {
      const isPercent = text.endsWith('%');
      const value = Number(isPercent ? text.slice(0, -1) : text) / (isPercent ? 100 : 1);
      return checkValue(name, spec, text.trim() === '' ? Number.NaN : value);
    }
    case 'choice':
      return checkValue(name, spec, text);
    default: {
      const never: never = spec;
      return never;
    }
  }
}

/** The option as one line of help: `sparsity=0.5 (0…0.99): Share of weights set to zero.` */
export function describeOption(name: string, spec: OptionSpec): string {
  return `${name}=${spec.default} (${allowedValues(spec)}): ${spec.help}`;
}

/** What an option may be, in words. */
export function allowedValues(spec: OptionSpec): string {
  switch (spec.type) {
    case 'boolean':
      return 'true, false';
    case 'number':
    case 'integer':
      return `${spec.minimum}…${spec.maximum}`;
    case 'choice':
      return spec.choices.map((choice) => choice.value).join(', ');
    default: {
      const never: never = spec;
      return never;
    }
  }
}

function checkValue(name: string, spec: OptionSpec, value: unknown): OptionValue {
  const refuse = (): never => {
    throw new WhittleError('OptionError', `${name} is ${JSON.stringify(value)}; allowed: ${allowedValues(spec)}.`);
  };
  switch (spec.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse();
    case 'number':
    case 'integer':
      if (typeof value !== 'number' || !Number.isFinite(value)) return refuse();
      if (spec.type === 'integer' && !Number.isInteger(value)) return refuse();
      return value >= spec.minimum && value <= spec.maximum ? value : refuse();
    case 'choice':
      return typeof value === 'string' && spec.choices.some((choice) => choice.value === value) ? value : refuse();
    default: {
      const never: never = spec;
      return never;
    }
  }
}

/** The name that differs least from `name`, when it differs little (Levenshtein distance up to 3). */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const largestDistance = 3;
  let best: string | undefined;
  let bestDistance = largestDistance + 1;
  for (const candidate of names) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost));
    }
    previous = row;
  }
  return previous[b.length]!;
}
