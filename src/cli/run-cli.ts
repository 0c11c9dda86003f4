/** Finds the command, runs it, and turns every error into one sentence and an exit code. */
import { messageOf, isErrorOf } from '../lib/errors';
import type { Engine } from '../engine/create-engine';
import { checkpointFolder } from './checkpoint-folder';
import { interruptible, type Interrupt } from './interrupt';
import { progressLines } from './progress-lines';
import type { Command } from './command';
import { benchCommand } from './commands/bench';
import { evaluateCommand } from './commands/evaluate';
import { exportCommand } from './commands/export';
import { formatsCommand } from './commands/formats';
import { inspectCommand } from './commands/inspect';
import { optimizeCommand } from './commands/optimize';
import { passesCommand } from './commands/passes';
import { runCommand } from './commands/run';
import { searchCommand } from './commands/search';
import { sensitivityCommand } from './commands/sensitivity';
import { createNodeEngine } from './node-engine';
import { parseArguments } from './parse-arguments';
import { UsageError } from './usage-error';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

const commands: Readonly<Record<string, Command>> = {
  inspect: inspectCommand,
  optimize: optimizeCommand,
  sensitivity: sensitivityCommand,
  search: searchCommand,
  export: exportCommand,
  evaluate: evaluateCommand,
  run: runCommand,
  bench: benchCommand,
  passes: passesCommand,
  formats: formatsCommand,
};

export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** Runs one command line and gives its exit code. Never throws. */
export async function runCli(argv: readonly string[], streams: Streams, interrupt: Interrupt = interruptible(streams.err)): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    streams.err(usage());
    return WRONG_USAGE;
  }
  if (name === '--help' || name === 'help') {
    streams.out(usage());
    return DONE;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    streams.err(`There is no command "${name}".\n\n${usage()}`);
    return WRONG_USAGE;
  }
  if (rest.includes('--help')) {
    streams.out(`${command.usage}\n  ${command.summary}`);
    return DONE;
  }
  return execute(command, rest, streams, interrupt);
}

async function execute(command: Command, argv: readonly string[], streams: Streams, interrupt: Interrupt): Promise<number> {
  let engine: Engine | undefined;
  const say = progressLines(streams.err);
  try {
    const parsed = parseArguments(argv, command.flags);
    const folder = parsed.flags.text('checkpoint');
    engine = createNodeEngine({ trainingControls: interrupt.controls, ...(folder === undefined ? {} : { checkpoints: checkpointFolder(folder) }) });
    await command.run({
      ...parsed,
      engine,
      report: (progress) => {
        interrupt.watch(progress);
        say(progress);
      },
      print: (value, text) => streams.out(parsed.flags.has('json') ? JSON.stringify(value, plainNumbers, 2) : text()),
    });
    return DONE;
  } catch (error) {
    const isUsage = error instanceof UsageError || isErrorOf(error, 'OptionError');
    streams.err(isUsage ? `${messageOf(error)}\nUsage: ${command.usage}` : messageOf(error));
    return isUsage ? WRONG_USAGE : FAILED;
  } finally {
    await engine?.dispose();
  }
}

function usage(): string {
  const lines = Object.values(commands).map((command) => `  ${command.usage}\n      ${command.summary}`);
  return `whittle: makes trained neural networks small and fast.\n\n${lines.join('\n')}`;
}

/** JSON has no infinities: they become text. */
function plainNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
