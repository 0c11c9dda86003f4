/** whittle: the command line. Results on stdout, progress on stderr; exit code 0 done, 1 failed, 2 wrong usage. */
import { INTERRUPTED, interruptible } from './interrupt';
import { runCli } from './run-cli';

const err = (text: string): void => void process.stderr.write(`${text}\n`);
const interrupt = interruptible(err);
process.on('SIGINT', () => {
  if (!interrupt.press()) process.exit(INTERRUPTED);
});

process.exitCode = await runCli(
  process.argv.slice(2),
  {
    out: (text) => void process.stdout.write(`${text}\n`),
    err,
  },
  interrupt,
);
