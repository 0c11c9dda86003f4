// npm start: installs what is missing, builds what is stale, serves the page on one local port and prints the address.
// --serve-only skips the first two. PORT names the port, HOST the network address (this machine alone, if not said).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, pageBuild, say } from './setup.mjs';
import { createFileServer } from './serve.mjs';

const defaultPort = 4173;
/** How many ports after the default are tried before giving up. */
const portsTried = 50;
const host = process.env.HOST ?? '127.0.0.1';

try {
  if (!process.argv.includes('--serve-only')) {
    ensureInstalled();
    ensureBuilt(['page']);
  }
  if (!existsSync(join(pageBuild.folder, pageBuild.main))) throw new Error('There is no build in dist/. Run npm start, which makes one.');
  const port = await listen(createFileServer(pageBuild.folder));
  console.log(`Whittle is at http://${host === '127.0.0.1' ? 'localhost' : host}:${port}/  (Ctrl+C stops it)`);
} catch (error) {
  say(error.message);
  process.exit(1);
}

/** The port asked for, or the first free one from the default on. */
async function listen(server) {
  if (process.env.PORT) {
    const port = Number(process.env.PORT);
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`PORT is "${process.env.PORT}"; it must be a whole number from 0 to 65535.`);
    if (await tryPort(server, port)) return server.address().port;
    throw new Error(`Port ${port} is in use. Give another in PORT, or leave PORT out to take the next free one.`);
  }
  for (let port = defaultPort; port < defaultPort + portsTried; port++) {
    if (await tryPort(server, port)) return port;
  }
  throw new Error(`Ports ${defaultPort} to ${defaultPort + portsTried - 1} are all in use. Name a free one in PORT.`);
}

function tryPort(server, port) {
  return new Promise((resolve, reject) => {
    const fail = (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve(true);
    });
  });
}
