/**
 * Recurrent layers: x [B, T, F…], kernel, recurrent kernel, [bias], [mask], [initial states] → y, final states. MACs count
 * both products of every gate at every step.
 */
import type { Definition, OpContext, OpTable, ValueType } from './definition';
import { inputType } from './definition';
import { expectRank, isKnown, mergeDimension, productOf, UNKNOWN, windowCount } from './dimensions';
import type { Shape } from '../ir/tensor';

export const recurrentOps = {
  lstm: recurrent(4, 2),
  gru: recurrent(3, 1),
  'simple-rnn': recurrent(1, 1),
  'conv-lstm2d': {
    arity: { minimum: 3, maximum: 7 },
    outputCount: () => 3,
    shape: (context) => {
      const x = expectRank(inputType(context, 0).shape, 5, context.fail, 'the input');
      const kernel = expectRank(inputType(context, 1).shape, 4, context.fail, 'the kernel');
      const recurrentKernel = expectRank(inputType(context, 2).shape, 4, context.fail, 'the recurrent kernel');
      mergeDimension(x?.[4] ?? UNKNOWN, kernel?.[2] ?? UNKNOWN, context.fail, 'the number of input channels');
      mergeDimension(kernel?.[3] ?? UNKNOWN, recurrentKernel?.[3] ?? UNKNOWN, context.fail, 'the number of gate channels');
      const units = unitsOf(context, recurrentKernel?.[2] ?? UNKNOWN, kernel?.[3] ?? UNKNOWN, 4);
      const spatial = [0, 1].map((i) => windowCount(x?.[i + 2] ?? UNKNOWN, i, kernel?.[i] ?? UNKNOWN, context.attributes, context.fail));
      return outputs(x, [...spatial, units], context.attributes.returnSequences, 2);
    },
    macs: ({ inputs, outputs: [y], attributes }) => {
      const cells = productOf(y!.slice(attributes.returnSequences ? 2 : 1, -1));
      const [batch, steps] = inputs[0]!;
      return batch! * steps! * cells * (productOf(inputs[1]!) + productOf(inputs[2]!));
    },
  },
} satisfies Partial<OpTable>;

function recurrent(gates: number, states: number): Definition<{ readonly returnSequences: boolean }> {
  return {
    arity: { minimum: 3, maximum: 5 + states },
    outputCount: () => 1 + states,
    shape: (context) => {
      const x = expectRank(inputType(context, 0).shape, 3, context.fail, 'the input');
      const kernel = expectRank(inputType(context, 1).shape, 2, context.fail, 'the kernel');
      const recurrentKernel = expectRank(inputType(context, 2).shape, 2, context.fail, 'the recurrent kernel');
      mergeDimension(x?.[2] ?? UNKNOWN, kernel?.[0] ?? UNKNOWN, context.fail, 'the number of input features');
      mergeDimension(kernel?.[1] ?? UNKNOWN, recurrentKernel?.[1] ?? UNKNOWN, context.fail, 'the number of gate features');
      const units = unitsOf(context, recurrentKernel?.[0] ?? UNKNOWN, kernel?.[1] ?? UNKNOWN, gates);
      return outputs(x, [units], context.attributes.returnSequences, states);
    },
    macs: ({ inputs }) => {
      const [batch, steps] = inputs[0]!;
      return batch! * steps! * (productOf(inputs[1]!) + productOf(inputs[2]!));
    },
  };
}

function unitsOf(context: OpContext<unknown>, units: number, gated: number, gates: number): number {
  if (isKnown(gated) && gated % gates !== 0) context.fail(`${gated} kernel columns are not ${gates} gates`);
  return mergeDimension(units, isKnown(gated) ? gated / gates : UNKNOWN, context.fail, 'the number of units');
}

function outputs(x: Shape | null, cell: Shape, sequences: boolean, states: number): readonly ValueType[] {
  const [batch, steps] = [x?.[0] ?? UNKNOWN, x?.[1] ?? UNKNOWN];
  const state: ValueType = { dtype: 'float32', shape: [batch, ...cell] };
  const y: ValueType = sequences ? { dtype: 'float32', shape: [batch, steps, ...cell] } : state;
  return [y, ...Array.from({ length: states }, () => state)];
}

