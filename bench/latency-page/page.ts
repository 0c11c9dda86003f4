/** The window of the page that measures: passes questions to its worker, as the product's window does. */
import type { LatencyReport } from '../../src/measure/types';
import type { Question } from './latency.worker';
import { exposeWorker } from '../../tests/e2e/pages/ask-worker';

/** Called by the benchmark. */
export type Ask = (question: Question) => Promise<LatencyReport | { readonly problem: string }>;

exposeWorker<Question, Awaited<ReturnType<Ask>>>(new Worker(new URL('./latency.worker.ts', import.meta.url), { type: 'module' }));
