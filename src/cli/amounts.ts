/** Amounts as people write them on a command line: 25kB, 2.5M, 0.5%. */
import type { FlagName, Flags } from './parse-arguments';
import { UsageError } from './usage-error';

/** SI, as everything that is printed. */
const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** 25000, 25kB, 1.2 MB; undefined: not given. */
export function bytesFlag(flags: Flags, name: FlagName): number | undefined {
  return amount(flags, name, /^([\d.]+) ?([kmg]?)b?$/i, 'bytes such as 25000, 25kB or 1.2MB');
}

/** 800000, 800k, 2.5M; undefined: not given. */
export function countFlag(flags: Flags, name: FlagName): number | undefined {
  return amount(flags, name, /^([\d.]+) ?([kmg]?)$/i, 'a number such as 800000, 800k or 2.5M');
}

/** 2.5, 2.5ms. */
export function millisecondsFlag(flags: Flags, name: FlagName): number | undefined {
  return amount(flags, name, /^([\d.]+)() ?(?:ms)?$/i, 'milliseconds such as 2.5 or 2.5ms');
}

/** 0.5% as a share; without the sign nobody would know which of the two is meant. */
export function percentFlag(flags: Flags, name: FlagName): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const found = /^([\d.]+) ?%$/.exec(text);
  const value = found ? Number(found[1]) : Number.NaN;
  if (!(value >= 0 && value <= 100)) throw new UsageError(`--${name} is "${text}"; a percentage such as 0.5% is allowed.`);
  return value / 100;
}

function amount(flags: Flags, name: FlagName, pattern: RegExp, allowed: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const found = pattern.exec(text);
  const value = found ? Number(found[1]) * factors[found[2]!.toLowerCase()]! : Number.NaN;
  if (!(value > 0)) throw new UsageError(`--${name} is "${text}"; use ${allowed}.`);
  return value;
}
