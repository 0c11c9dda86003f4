/** A worker that lays out graphs and does nothing else: a large one takes seconds, and the model's worker is often busy. */
import { expose } from 'comlink';
import { layoutGraph } from './graph-layout';

const api = { layoutGraph };

export type GraphLayoutApi = typeof api;

expose(api);
