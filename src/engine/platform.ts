/** What differs between a browser's worker and Node, handed in by whoever makes the engine. */
import type { ImageDecoder } from '../datasets/image-decoder';
import type { Brotli } from '../measure/size';

export interface EnginePlatform {
  loadBrotli(): Promise<Brotli>;
  readonly decodeImage: ImageDecoder;
  /** Cancels the work in hand; the page ends the worker instead. */
  readonly signal?: AbortSignal;
  /** True while the page is hidden: browsers slow hidden pages down, so samples taken then are dropped. */
  readonly isPaused?: () => boolean;
}
