/** What a command is, and what it is given. */
import type { Engine } from '../engine/create-engine';
import type { ReportProgress } from '../lib/progress';
import type { BackendId } from '../runtime/backend';
import type { FlagName, Flags, ParsedArguments } from './parse-arguments';
import { UsageError } from './usage-error';

export interface CommandContext extends ParsedArguments {
  readonly engine: Engine;
  /** Progress, on stderr. */
  readonly report: ReportProgress;
  /** The result, on stdout: the text, or with --json the value. */
  print(value: unknown, text: () => string): void;
}

export interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagName[];
  run(context: CommandContext): Promise<void>;
}

/** The only positional argument. Throws a UsageError. */
export function oneModel({ positionals }: ParsedArguments): string {
  if (positionals.length !== 1) throw new UsageError(`One MODEL is needed, ${positionals.length} were given.`);
  return positionals[0]!;
}

/** For commands that are about no model. Throws a UsageError. */
export function noArguments({ positionals }: ParsedArguments): void {
  if (positionals.length > 0) throw new UsageError(`This command takes no MODEL, and "${positionals[0]}" was given.`);
}

export function requiredFlag(flags: Flags, name: FlagName): string {
  const value = flags.text(name);
  if (value === undefined) throw new UsageError(`--${name} is needed.`);
  return value;
}

/** Node has the WASM and CPU backends; WASM is many times faster. */
export function backendFlag(flags: Flags): BackendId {
  const backend = flags.text('backend') ?? 'wasm';
  if (backend !== 'wasm' && backend !== 'cpu') throw new UsageError(`--backend is "${backend}"; here wasm and cpu exist.`);
  return backend;
}
