/** Times training steps in a module worker, where the product trains too. */
import type { TfjsBackendId } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { browserWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.browser';
import { stepByHand } from '../by-hand';
import { ownStep } from '../own-step';
import { stepTask } from '../task';
import { timeInTurns } from '../turns';

export interface Question {
  readonly backend: TfjsBackendId;
  readonly name: string;
  /** The .keras file, in base64. */
  readonly file: string;
  readonly batch: number;
  readonly rounds: number;
  readonly warmUpRounds: number;
}

export type Answer = { readonly ours: readonly number[]; readonly byHand: readonly number[]; readonly firstLosses: readonly number[] } | { readonly problem: string };

configureWasm(browserWasmPaths);

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  const answer: Answer = await compare(data).catch((error: unknown) => ({ problem: String(error) }));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- between a page and its worker there is no origin to name
  self.postMessage(answer);
};

async function compare({ backend, name, file, batch, rounds, warmUpRounds }: Question): Promise<Answer> {
  await createBackend(backend);
  const task = await stepTask(name, Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)), batch);
  const own = await ownStep(backend, task);
  const hand = stepByHand(backend, task);
  const firstLosses = [await own(), await hand()];
  const [ours, byHand] = await timeInTurns([own, hand], rounds, warmUpRounds);
  return { ours: ours!, byHand: byHand!, firstLosses };
}
