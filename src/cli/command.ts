/** What a command is, and what it is given. */
import type { Engine } from '../engine/create-engine';
import type { ModelSummary } from '../engine/types';
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

const nodeBackends = ['wasm', 'cpu', 'litert-wasm'] as const satisfies readonly BackendId[];

/** Node has TensorFlow.js's WASM and CPU backends, of which WASM is many times faster, and LiteRT's WASM. */
export function backendFlag(flags: Flags): (typeof nodeBackends)[number] | undefined {
  const backend = flags.text('backend');
  const found = nodeBackends.find((id) => id === backend);
  if (backend === undefined || found) return found;
  throw new UsageError(`--backend is "${backend}"; here ${nodeBackends.join(', ')} exist.`);
}

/** A .tflite runs on LiteRT as its very bytes, everything else on TensorFlow.js, unless --backend says otherwise. */
export function backendFor(flags: Flags, model: ModelSummary): BackendId {
  return backendFlag(flags) ?? (model.format === 'tflite' ? 'litert-wasm' : 'wasm');
}
