/** Recurrent layers: step by step; an LSTM that is too long for that by its own operator, where that can say it. */
import { convLstmCell, gruCell, lstmCell, simpleRnnCell } from '../recurrent/cells';
import { fusedLstm } from '../recurrent/fused-lstm';
import { unrolled } from '../recurrent/unroll';
import type { Rules } from '../rule';

export const recurrentRules: Rules = {
  lstm: [fusedLstm, (node, build) => unrolled(node, () => lstmCell(node, build), build)],
  gru: [(node, build) => unrolled(node, () => gruCell(node, build), build)],
  'simple-rnn': [(node, build) => unrolled(node, () => simpleRnnCell(node, build), build)],
  'conv-lstm2d': [(node, build) => unrolled(node, () => convLstmCell(node, build), build)],
};
