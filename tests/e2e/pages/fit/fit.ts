/** The window of the training's test page. */
import type { Answer, Question } from './fit.worker';
import { exposeWorker } from '../ask-worker';

/** Called by the browser test. */
export type Ask = (question: Question) => Promise<Answer>;

exposeWorker<Question, Answer>(new Worker(new URL('./fit.worker.ts', import.meta.url), { type: 'module' }));
