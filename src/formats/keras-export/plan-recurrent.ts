/** Recurrent nodes as single layers. */
import type { NodeOf, ValueId } from '../../ir/graph';
import type { RecurrentActivation } from '../../ops/signatures';
import { KERAS_2_HARD_SIGMOID } from '../keras-layers/normalize-config';
import { type Plan, type PlanContext, type PlanTable, reason, single, tensorOf, weight } from './plan';

export const recurrentPlans: PlanTable = {
  lstm: (node, context) => recurrent(node, context, 'LSTM', 4, gates(node.attributes)),
  gru: (node, context) => recurrent(node, context, 'GRU', 3, { ...gates(node.attributes), reset_after: node.attributes.resetAfter }),
  'simple-rnn': (node, context) => recurrent(node, context, 'SimpleRNN', 1, {}),
};

const NAMES: Readonly<Record<RecurrentActivation, string>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  'hard-sigmoid': 'hard_sigmoid',
  'hard-sigmoid-keras2': KERAS_2_HARD_SIGMOID,
  tanh: 'tanh',
  softplus: 'softplus',
  softsign: 'softsign',
  elu: 'elu',
  selu: 'selu',
  exp: 'exponential',
  silu: 'swish',
  gelu: 'gelu',
  softmax: 'softmax',
};

function gates(attributes: { readonly recurrentActivation: RecurrentActivation }): Record<string, unknown> {
  return { recurrent_activation: NAMES[attributes.recurrentActivation] };
}

type Recurrent = NodeOf<'lstm'> | NodeOf<'gru'> | NodeOf<'simple-rnn'>;

function recurrent(node: Recurrent, context: PlanContext, className: string, gateCount: number, own: Record<string, unknown>): Plan {
  const [x, kernelId, recurrentId, biasId, , ...states] = node.inputs;
  const kernel = tensorOf(context, kernelId);
  if (!kernel || !tensorOf(context, recurrentId) || (biasId && !tensorOf(context, biasId))) return reason('has weights that are computed at run time');
  const { activation, returnSequences, goBackwards, zeroOutputForMask } = node.attributes;
  const readers = (index: number): boolean => {
    const id = node.outputs[index];
    return id !== undefined && (context.consumersOf(id).length > 0 || context.graph.outputs.includes(id));
  };
  const config = {
    units: kernel.shape[1]! / gateCount,
    activation: NAMES[activation],
    ...own,
    use_bias: !!biasId,
    return_sequences: returnSequences,
    return_state: readers(1) || readers(2),
    go_backwards: goBackwards,
    ...(zeroOutputForMask ? { zero_output_for_mask: true } : {}),
  };
  const weights = [
    weight(context, 'kernel', kernelId!),
    weight(context, 'recurrent_kernel', recurrentId!),
    ...(biasId ? [weight(context, 'bias', biasId)] : []),
  ];
  const given = states.filter((id): id is ValueId => !!id);
  return single({ className, config, weights, inputs: [x!], ...(given.length > 0 && { initialState: given }) });
}
