/** The window of the page that is timed: passes questions to its worker, as the product's window does. */
import type { Answer, Question } from './step.worker';
import { exposeWorker } from '../../../tests/e2e/pages/ask-worker';

/** Called by the benchmark. */
export type Ask = (question: Question) => Promise<Answer>;

exposeWorker<Question, Answer>(new Worker(new URL('./step.worker.ts', import.meta.url), { type: 'module' }));
