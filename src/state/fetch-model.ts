/** Fetches a model by its address: a file, or a model.json with the shards that it names. Sends nothing but the request. */
import { WhittleError } from '../lib/errors';
import type { ReportProgress } from '../lib/progress';
import { baseName, type SourceFile } from '../lib/source-file';

/** Past this the tab would not survive opening it. */
const LARGEST_NBYTES = 2_000_000_000;
const LARGEST_SHARD_COUNT = 10_000;

export async function fetchModel(address: string, report: ReportProgress, signal?: AbortSignal): Promise<SourceFile[]> {
  const url = parseAddress(address);
  const main = await fetchFile(url, nameOf(url), report, signal);
  const shards = await shardPaths(main);
  const files = [main];
  for (const [index, path] of shards.entries()) {
    const fetched = await fetchFile(new URL(path, url), path, ({ stage, detail }) => {
      report({ stage, fraction: (index + 1) / (shards.length + 1), ...(detail ? { detail } : {}) });
    }, signal);
    files.push(fetched);
  }
  return files;
}

/** Checks an address before anything is asked of the network. */
export function parseAddress(address: string): URL {
  if (!URL.canParse(address.trim())) {
    throw new WhittleError('FormatError', `"${address}" is not an address. Paste a link that begins with https://.`);
  }
  const url = new URL(address.trim());
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new WhittleError('FormatError', `${url.protocol}// links cannot be fetched. Paste a link that begins with https://.`);
  }
  return url;
}

export async function fetchFile(url: URL, name: string, report: ReportProgress, signal?: AbortSignal): Promise<SourceFile> {
  const response = await ask(url, signal);
  if (!response.ok) {
    throw new WhittleError('FormatError', `${url.host} answered ${response.status} for ${baseName(url.pathname)}. Check the link, or download the file and drop it here.`);
  }
  const total = Number(response.headers.get('content-length')) || null;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let nbytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
    nbytes += chunk.byteLength;
    if (nbytes > LARGEST_NBYTES) throw new WhittleError('FormatError', `${name} is larger than 2 GB, which a browser tab cannot hold.`);
    report({ stage: 'Fetching', fraction: total === null ? null : Math.min(1, nbytes / total), detail: name });
  }
  return { name, blob: new Blob(chunks) };
}

async function ask(url: URL, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', ...(signal ? { signal } : {}) });
  } catch (cause) {
    if (signal?.aborted) throw new WhittleError('CancelledError', 'Cancelled.');
    throw new WhittleError(
      'FormatError',
      `${url.host} could not be reached, or does not let other pages read its files (CORS). Download the file and drop it here.`,
      { cause },
    );
  }
}

async function shardPaths(main: SourceFile): Promise<readonly string[]> {
  if (!main.name.endsWith('.json')) return [];
  let manifest: unknown;
  try {
    manifest = (JSON.parse(await main.blob.text()) as { weightsManifest?: unknown }).weightsManifest;
  } catch {
    return []; // not JSON after all: the reader says what is wrong with it
  }
  if (!Array.isArray(manifest)) return [];
  const paths = manifest.flatMap((group: unknown) => (group as { paths?: unknown }).paths ?? []);
  return paths.filter((path): path is string => typeof path === 'string').slice(0, LARGEST_SHARD_COUNT);
}

function nameOf(url: URL): string {
  return decodeURIComponent(baseName(url.pathname)) || 'model';
}
