/** The window of the gradients' test page. */
import type { Answer, Question } from './gradients.worker';
import { exposeWorker } from '../ask-worker';

/** Called by the browser test. */
export type Ask = (question: Question) => Promise<Answer>;

exposeWorker<Question, Answer>(new Worker(new URL('./gradients.worker.ts', import.meta.url), { type: 'module' }));
