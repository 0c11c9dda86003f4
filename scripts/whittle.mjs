#!/usr/bin/env node
// npm run whittle -- …: the command line. Builds it when it is missing or stale, then becomes it: same arguments, same
// stdout, same exit code. All noise of building is on stderr.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cliBuild, ensureBuilt, ensureInstalled, say } from './setup.mjs';

try {
  ensureInstalled();
  ensureBuilt(['cli']);
} catch (error) {
  say(error.message);
  process.exit(1);
}

const program = join(cliBuild.folder, cliBuild.main);
process.argv[1] = program;
await import(pathToFileURL(program).href);
