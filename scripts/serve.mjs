// A small file server for the built page: one folder, GET and HEAD, the isolation and security headers, nothing else.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { contentSecurityPolicy, isolationHeaders } from './headers.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.zip': 'application/zip',
};

/** .keras, .h5, .npz, .bin and whatever else has no type of its own: bytes. */
const typeOfOthers = 'application/octet-stream';

/** Vite puts a hash of the content in the names below this path, so they never change. */
const hashedPath = '/assets/';

/** A Node http.Server over the files of `folder`; call listen on it. */
export function createFileServer(folder) {
  return createServer((request, response) => {
    answer(folder, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
}

async function answer(folder, request, response) {
  const headers = {
    ...isolationHeaders,
    'Content-Security-Policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
  const refuse = (status, text) => {
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : `${text}\n`);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET and HEAD are answered here.');
  const path = safePath(request.url ?? '/');
  if (path === undefined) return refuse(400, 'This address is not a path below the page.');
  const file = await findFile(folder, path);
  if (file === undefined) return refuse(404, `There is no file ${path} here.`);
  response.writeHead(200, {
    ...headers,
    'Content-Type': types[extname(file.path).toLowerCase()] ?? typeOfOthers,
    'Content-Length': file.nbytes,
    'Cache-Control': path.startsWith(hashedPath) ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.method === 'HEAD') return response.end();
  createReadStream(file.path).on('error', () => response.destroy()).pipe(response);
}

/** The decoded path of an address, or undefined when any part of it could lead out of the folder or to a hidden file. */
export function safePath(address) {
  const raw = address.split(/[?#]/, 1)[0] ?? '';
  let path;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return undefined;
  }
  if (!path.startsWith('/') || path.includes('\0') || path.includes('\\')) return undefined;
  if (path.split('/').some((part) => part.startsWith('.') || part.includes(':'))) return undefined;
  return path.endsWith('/') ? `${path}index.html` : path;
}

/** A regular file whose real place, links followed, lies in the folder. */
async function findFile(folder, path) {
  try {
    const home = await realpath(folder);
    const real = await realpath(join(home, path));
    if (!real.startsWith(home + sep)) return undefined;
    const stats = await stat(real);
    return stats.isFile() ? { path: real, nbytes: stats.size } : undefined;
  } catch {
    return undefined;
  }
}
