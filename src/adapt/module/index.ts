/** The exported module: a ladder of models, the fastest correct backend, and a controller that keeps the load. */
import type { AdaptiveModel, AdaptiveOptions, CreateAdaptiveModel, RequestOptions } from './api';
import { chooseBackend, type Choosing } from './choose';
import { createFiles } from './engine';
import { checkManifest } from './manifest';
import { createServer } from './serve';
import { servingOf } from './serving';

const MAX_BATCH = 8;

export const createAdaptiveModel: CreateAdaptiveModel = async (options: AdaptiveOptions): Promise<AdaptiveModel> => {
  const files = createFiles(folderOf(options.base));
  const manifest = checkManifest(JSON.parse(new TextDecoder().decode(await files.bytes('manifest.json'))));
  const choosing: Choosing = { options, manifest, files, batchSizes: powersOfTwo(options.maxBatch ?? MAX_BATCH), givenUp: [], speeds: new Map() };
  const server = createServer(await chooseBackend(choosing), servingOf(choosing));
  return {
    rungs: manifest.rungs.map(({ name, accuracy, nbytes }) => ({ name, accuracy, nbytes })),
    inputShape: manifest.input.shape,
    outputShape: manifest.output.shape,
    // The second form answers null only where the caller allowed it.
    run: ((input: ArrayLike<number>, request: RequestOptions = {}) => server.request(input, request)) as AdaptiveModel['run'],
    status: server.status,
    close: server.close,
  };
};

/** Addresses are the page's; without one, manifest.json lies beside this module. */
function folderOf(base: string | URL | undefined): URL {
  const here = import.meta.url;
  if (base === undefined) return new URL('.', here);
  const { href } = new URL(base, globalThis.location?.href ?? here);
  return new URL(href.endsWith('/') ? href : `${href}/`);
}

/** 1, 2, 4 … up to `largest`: each size is compiled once on GPUs, so they are few. */
function powersOfTwo(largest: number): number[] {
  if (!Number.isInteger(largest) || largest < 1) throw new RangeError(`maxBatch is ${largest}; a whole number from 1 is allowed.`);
  return Array.from({ length: Math.floor(Math.log2(largest)) + 1 }, (_, i) => 2 ** i);
}
