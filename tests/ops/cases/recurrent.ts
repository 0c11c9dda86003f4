/** Recurrent layers: x, kernel, recurrent kernel, bias, mask, initial states. */
import type { OpCase } from './op-case';
import { flags, opCase, weight, x } from './op-case';

const base = { activation: 'tanh', returnSequences: false, goBackwards: false, zeroOutputForMask: false } as const;
const gated = { ...base, recurrentActivation: 'sigmoid' } as const;
const mask = flags([2, 4], [1, 1, 1, 0, 1, 0, 1, 1]);

export const recurrentCases: readonly OpCase[] = [
  opCase('lstm', 'last output', gated, [x([2, 4, 3]), weight([3, 20]), weight([5, 20]), weight([20])]),
  opCase('lstm', 'sequences, backwards', { ...gated, returnSequences: true, goBackwards: true }, [x([2, 4, 3]), weight([3, 20]), weight([5, 20]), weight([20])]),
  opCase('lstm', 'masked, sequences', { ...gated, returnSequences: true }, [x([2, 4, 3]), weight([3, 20]), weight([5, 20]), weight([20]), mask]),
  opCase('lstm', 'initial states, other activations', { ...gated, activation: 'relu', recurrentActivation: 'hard-sigmoid-keras2' }, [
    x([2, 4, 3]), weight([3, 20]), weight([5, 20]), null, null, x([2, 5]), x([2, 5]),
  ]),
  opCase('gru', 'reset before', { ...gated, resetAfter: false }, [x([2, 4, 3]), weight([3, 15]), weight([5, 15]), weight([15])]),
  opCase('gru', 'reset after', { ...gated, resetAfter: true }, [x([2, 4, 3]), weight([3, 15]), weight([5, 15]), weight([2, 15])]),
  opCase('gru', 'masked, sequences', { ...gated, resetAfter: false, returnSequences: true }, [x([2, 4, 3]), weight([3, 15]), weight([5, 15]), weight([15]), mask]),
  opCase('gru', 'initial state, backwards', { ...gated, resetAfter: false, goBackwards: true }, [x([2, 4, 3]), weight([3, 15]), weight([5, 15]), null, null, x([2, 5])]),
  opCase('simple-rnn', 'last output', base, [x([2, 4, 3]), weight([3, 5]), weight([5, 5]), weight([5])]),
  opCase('simple-rnn', 'sequences, masked', { ...base, returnSequences: true }, [x([2, 4, 3]), weight([3, 5]), weight([5, 5]), weight([5]), mask]),
  opCase('simple-rnn', 'initial state', base, [x([2, 4, 3]), weight([3, 5]), weight([5, 5]), null, null, x([2, 5])]),
  opCase('conv-lstm2d', 'valid', { ...gated, strides: [1, 1], padding: 'valid', dilations: [1, 1] }, [
    x([2, 3, 6, 5, 2]), weight([2, 2, 2, 12]), weight([2, 2, 3, 12]), weight([12]),
  ]),
  opCase('conv-lstm2d', 'same, stride 2, sequences', { ...gated, returnSequences: true, strides: [2, 2], padding: 'same', dilations: [1, 1] }, [
    x([1, 3, 6, 6, 2]), weight([3, 3, 2, 12]), weight([3, 3, 3, 12]), weight([12]),
  ]),
];
