/**
 * TensorFlow.js has one engine a process, with one current backend. Everything that runs on it goes through here, one
 * after another, each with its own backend made current first; so several backends can take turns.
 */
import type { TfjsBackendId } from '../backend';
import { WhittleError } from '../../lib/errors';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';

let last: Promise<unknown> = Promise.resolve();

export function onBackend<T>(id: TfjsBackendId, work: () => T | Promise<T>): Promise<T> {
  const turn = last.then(async () => {
    if (getBackend() !== id && !(await setBackend(id))) {
      throw new WhittleError('BackendError', `The ${id} backend does not start any more; reload the page, or take another backend.`);
    }
    return work();
  });
  last = turn.catch(() => undefined);
  return turn;
}
