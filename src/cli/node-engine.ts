/** The engine as the command line runs it: the same one as the page's, on Node's platform. */
import { createRequire } from 'node:module';
import { decodeImage } from '../datasets/image-decoder.node';
import { createEngine, type Engine } from '../engine/create-engine';
import type { EnginePlatform } from '../engine/platform';
import type { Brotli } from '../measure/size';
import { configureLiteRt } from '../runtime/litert/files';
import { nodeLiteRtFiles } from '../runtime/litert/files.node';
import { configureWasm } from '../runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../runtime/tfjs/wasm-paths.node';

/** `hand`: the person's on trainings, and where those are kept. */
export function createNodeEngine(hand: Pick<EnginePlatform, 'signal' | 'trainingControls' | 'checkpoints'> = {}): Engine {
  configureWasm(nodeWasmPaths());
  configureLiteRt(nodeLiteRtFiles);
  return createEngine({
    loadBrotli,
    decodeImage,
    ...hand,
  });
}

/** The package's ES module fetches its .wasm; its CommonJS one reads it from disk. */
export async function loadBrotli(): Promise<Brotli> {
  return createRequire(import.meta.url)('brotli-wasm') as Brotli;
}
