/** The window of the operators' test page. */
import type { Answer, Question } from './ops.worker';
import { exposeWorker } from '../ask-worker';

/** Called by the browser test. */
export type Ask = (question: Question) => Promise<Answer>;

exposeWorker<Question, Answer>(new Worker(new URL('./ops.worker.ts', import.meta.url), { type: 'module' }));
