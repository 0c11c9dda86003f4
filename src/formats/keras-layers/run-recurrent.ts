/** One recurrent layer as nodes: LSTM, GRU and SimpleRNN, convolutional LSTMs, and RNN over one or several cells. */
import type { Tensor } from '../../ir/tensor';
import type { OpName } from '../../ops/signatures';
import { recurrentActivationOf } from './activation-functions';
import { choiceOf, type ConfigOwner, countsOf, demand, flagOf, refuse } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import { type LayerCall, reshaped } from './lowering';
import type { LayerTopology } from './topology';

export interface RecurrentResult {
  readonly y: Flow;
  /** In Keras's order: cell by cell, h before c. */
  readonly states: readonly Flow[];
}

export interface RecurrentOptions {
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  readonly mask: Flow | null;
  readonly initialStates: readonly Flow[];
  /** Weights of all cells, in save order. */
  readonly weights: readonly Tensor[];
  /** Part of the constants' names, '' or 'forward/'. */
  readonly namePrefix: string;
}

const CELLS: Readonly<Record<string, Cell>> = {
  LSTM: { op: 'lstm', states: 2 },
  GRU: { op: 'gru', states: 1 },
  SimpleRNN: { op: 'simple-rnn', states: 1 },
  LSTMCell: { op: 'lstm', states: 2 },
  GRUCell: { op: 'gru', states: 1 },
  SimpleRNNCell: { op: 'simple-rnn', states: 1 },
  ConvLSTM1D: { op: 'conv-lstm2d', states: 2 },
  ConvLSTM2D: { op: 'conv-lstm2d', states: 2 },
};

interface Cell {
  readonly op: Extract<OpName, 'lstm' | 'gru' | 'simple-rnn' | 'conv-lstm2d'>;
  readonly states: number;
}

/** The layers that hold weights within a recurrent layer: itself, or the cells of an RNN. */
export function cellsOf(owner: ConfigOwner, layer: LayerTopology): ConfigOwner[] {
  const cells = layer.className === 'RNN' ? layer.inner : [layer];
  return cells.map((cell) => {
    const described = { path: owner.path, className: cell.className, config: cell.config };
    if (Object.hasOwn(CELLS, cell.className)) return described;
    return refuse(described, `is no recurrent cell that Whittle runs; those are ${Object.keys(CELLS).join(', ')}.`);
  });
}

export function recurrentRoles(owner: ConfigOwner, layer: LayerTopology, prefix = ''): string[] {
  const cells = cellsOf(owner, layer);
  return cells.flatMap((cell, i) => {
    const start = prefix + (cells.length > 1 ? `cell_${i}/` : '');
    const roles = ['kernel', 'recurrent_kernel', ...(cell.config.use_bias === false ? [] : ['bias'])];
    return roles.map((role) => start + role);
  });
}

export function runRecurrent(call: LayerCall, layer: LayerTopology, builder: GraphBuilder, x: Flow, options: RecurrentOptions): RecurrentResult {
  const owner = { path: call.path, className: layer.className, config: layer.config };
  demand(owner, 'time_major', false);
  if (layer.config.num_constants !== undefined && layer.config.num_constants !== null && layer.config.num_constants !== 0) {
    return refuse(owner, 'is given constants beside its input, which Whittle does not run.');
  }
  const cells = cellsOf(owner, layer);
  const zeroOutputForMask = flagOf(owner, 'zero_output_for_mask', false);
  let { mask, initialStates } = options;
  let sequence = x;
  let used = 0;
  const states: Flow[] = [];
  for (const [i, cell] of cells.entries()) {
    const isLast = i === cells.length - 1;
    const { op, states: stateCount } = CELLS[cell.className]!;
    const prefix = `${call.path}/${options.namePrefix}${cells.length > 1 ? `cell_${i}/` : ''}`;
    const hasBias = flagOf(cell, 'use_bias', true);
    const step = {
      returnSequences: options.returnSequences || !isLast,
      // The first cell turns time around for all of them.
      goBackwards: options.goBackwards && i === 0,
      zeroOutputForMask: zeroOutputForMask && isLast,
    };
    const weights = options.weights.slice(used, used + (hasBias ? 3 : 2));
    used += weights.length;
    const given = initialStates.slice(0, stateCount);
    initialStates = initialStates.slice(stateCount);
    const result = runCell(cell, op, builder, sequence, { ...step, mask, given, weights, prefix, stateCount, generation: call.generation });
    states.push(...result.states);
    sequence = result.y;
    if (step.goBackwards && mask && !isLast) mask = builder.node('reverse', [mask], { axes: [1] });
  }
  return { y: sequence, states };
}

interface CellRun {
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  readonly zeroOutputForMask: boolean;
  readonly mask: Flow | null;
  readonly given: readonly Flow[];
  readonly weights: readonly Tensor[];
  readonly prefix: string;
  readonly stateCount: number;
  readonly generation: LayerCall['generation'];
}

function runCell(cell: ConfigOwner, op: Cell['op'], builder: GraphBuilder, x: Flow, run: CellRun): RecurrentResult {
  const isRow = cell.className === 'ConvLSTM1D';
  const weights = isRow ? run.weights.map((tensor) => (tensor.shape.length === 3 ? reshaped(cell, tensor, [1, ...tensor.shape]) : tensor)) : run.weights;
  const roles = ['kernel', 'recurrent_kernel', 'bias'] as const;
  const [kernel, recurrentKernel, bias] = weights.map((tensor, i) => builder.constant(run.prefix + roles[i]!, tensor));
  const sequence = isRow ? builder.node('expand-dims', [x], { axis: 2 }) : x;
  const inputs = [sequence, kernel!, recurrentKernel!, bias ?? null, run.mask, ...run.given];
  const base = {
    activation: recurrentActivationOf(cell, 'activation', 'tanh'),
    returnSequences: run.returnSequences,
    goBackwards: run.goBackwards,
    zeroOutputForMask: run.zeroOutputForMask && run.mask !== null,
  };
  const results = ((): Flow[] => {
    const count = 1 + run.stateCount;
    if (op === 'simple-rnn') return builder.nodesOf(op, inputs, base, count);
    // Before Keras 2.3 the gate was a hard sigmoid and files may leave it out.
    const gated = { ...base, recurrentActivation: recurrentActivationOf(cell, 'recurrent_activation', 'sigmoid') };
    if (op === 'lstm') return builder.nodesOf(op, inputs, gated, count);
    if (op === 'gru') return builder.nodesOf(op, inputs, { ...gated, resetAfter: flagOf(cell, 'reset_after', run.generation === 'keras3') }, count);
    const dimensions = isRow ? 1 : 2;
    if (choiceOf(cell, 'data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_first') {
      return refuse(cell, 'has its channels first, which Whittle does not run in recurrent layers.');
    }
    const row = isRow ? [1] : [];
    const convolution = {
      strides: [...row, ...countsOf(cell, 'strides', dimensions, 1)],
      padding: choiceOf(cell, 'padding', ['valid', 'same'], 'valid'),
      dilations: [...row, ...countsOf(cell, 'dilation_rate', dimensions, 1)],
    };
    return builder.nodesOf(op, inputs, { ...gated, ...convolution }, count);
  })();
  const [y, ...states] = isRow ? results.map((result, i) => builder.node('squeeze', [result], { axes: [i === 0 && run.returnSequences ? 2 : 1] })) : results;
  return { y: y!, states };
}

