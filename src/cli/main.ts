/** whittle: the command line. Results on stdout, progress on stderr; exit code 0 done, 1 failed, 2 wrong usage. */
import { runCli } from './run-cli';

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
});
