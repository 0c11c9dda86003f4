/** Runs the operators' gradients on one of the browser's backends. */
import type { TfjsBackendId } from '../../../../src/runtime/backend';
import { configureWasm } from '../../../../src/runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../../../../src/runtime/tfjs/wasm-paths.browser';
import { type GradientResult, gradientCases, prepareGradients, runGradientCase } from '../../../training/network/gradient-oracle';

export interface Question {
  readonly backend: TfjsBackendId;
  readonly from: number;
  readonly to: number;
}

export interface Answer {
  readonly results: readonly GradientResult[];
  /** Cases that threw, with their message. */
  readonly thrown: readonly string[];
  readonly count: number;
}

configureWasm(browserWasmPaths);

self.onmessage = async ({ data: { backend, from, to } }: MessageEvent<Question>) => {
  await prepareGradients(backend);
  const cases = gradientCases(backend);
  const results: GradientResult[] = [];
  const thrown: string[] = [];
  for (const one of cases.slice(from, to)) {
    try {
      results.push(await runGradientCase(one, backend));
    } catch (error) {
      thrown.push(`${one.op}: ${one.name}: ${String(error)}`);
    }
  }
  const answer: Answer = { results, thrown, count: cases.length };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
  self.postMessage(answer);
};
