/**
 * Recurrent layers as Keras computes them: the input's products for all steps at once, then a loop over time. A masked
 * step carries the state and repeats the output before it (zeros at first), or gives zeros.
 */
import type { OpAttributes } from '../../ops/signatures';
import type { Kernel, Tensor } from './kernel';
import { recurrentActivation } from './activations';
import { add, cast, conv2d, matMul, mul, reshape, reverse, slice, split, stack, sub, tidy, unstack, where, zeros, zerosLike } from '@tensorflow/tfjs-core';

/** New states from one step of the prepared input; the first state is the output. */
type Step = (input: Tensor, states: readonly Tensor[]) => Tensor[];
type Inputs = readonly [x: Tensor, kernel: Tensor, recurrentKernel: Tensor, bias: Tensor | null, mask: Tensor | null, ...states: (Tensor | null)[]];
type Options = Pick<OpAttributes['simple-rnn'], 'returnSequences' | 'goBackwards' | 'zeroOutputForMask'>;

export const simpleRnn: Kernel<'simple-rnn'> = (node) => {
  const act = recurrentActivation(node.attributes.activation);
  return recurrent(node.attributes, node.outputs.length, 1, ([x, kernel, recurrentKernel, bias]) => ({
    prepared: project(x, kernel, bias),
    stateShape: [x.shape[0]!, recurrentKernel.shape[0]!],
    step: (input, [h]) => [act(add(input, matMul(h!, recurrentKernel)))],
  }));
};

export const lstm: Kernel<'lstm'> = (node) => {
  const act = recurrentActivation(node.attributes.activation);
  const gate = recurrentActivation(node.attributes.recurrentActivation);
  return recurrent(node.attributes, node.outputs.length, 2, ([x, kernel, recurrentKernel, bias]) => ({
    prepared: project(x, kernel, bias),
    stateShape: [x.shape[0]!, recurrentKernel.shape[0]!],
    step: (input, [h, c]) => lstmStep(split(add(input, matMul(h!, recurrentKernel)), 4, -1), c!, act, gate),
  }));
};

export const gru: Kernel<'gru'> = (node) => {
  const { resetAfter } = node.attributes;
  const act = recurrentActivation(node.attributes.activation);
  const gate = recurrentActivation(node.attributes.recurrentActivation);
  return recurrent(node.attributes, node.outputs.length, 1, ([x, kernel, recurrentKernel, bias]) => {
    const units = recurrentKernel.shape[0]!;
    const [inputBias, innerBias] = bias && resetAfter ? unstack(bias) : [bias, null];
    const gatesKernel = slice(recurrentKernel, [0, 0], [units, 2 * units]);
    const candidateKernel = slice(recurrentKernel, [0, 2 * units], [units, units]);
    const step: Step = (input, [h]) => {
      const [xz, xr, xh] = split(input, 3, -1) as [Tensor, Tensor, Tensor];
      if (resetAfter) {
        const inner = matMul(h!, recurrentKernel);
        const [rz, rr, rh] = split(innerBias ? add(inner, innerBias) : inner, 3, -1) as [Tensor, Tensor, Tensor];
        const z = gate(add(xz, rz));
        const candidate = act(add(xh, mul(gate(add(xr, rr)), rh)));
        return [add(mul(z, h!), mul(sub(1, z), candidate))];
      }
      const [rz, rr] = split(matMul(h!, gatesKernel), 2, -1) as [Tensor, Tensor];
      const z = gate(add(xz, rz));
      const candidate = act(add(xh, matMul(mul(gate(add(xr, rr)), h!), candidateKernel)));
      return [add(mul(z, h!), mul(sub(1, z), candidate))];
    };
    return { prepared: project(x, kernel, inputBias ?? null), stateShape: [x.shape[0]!, units], step };
  });
};

export const convLstm2d: Kernel<'conv-lstm2d'> = (node) => {
  const { strides, padding, dilations } = node.attributes;
  const act = recurrentActivation(node.attributes.activation);
  const gate = recurrentActivation(node.attributes.recurrentActivation);
  return recurrent(node.attributes, node.outputs.length, 2, ([x, kernel, recurrentKernel, bias]) => {
    const [batch, steps, ...picture] = x.shape as [number, number, number, number, number];
    const flat = reshape(x, [batch * steps, ...picture]);
    const products: Tensor = conv2d(flat as never, kernel as never, strides as [number, number], padding, 'NHWC', dilations as [number, number]);
    const [, height, width, channels] = products.shape as [number, number, number, number];
    return {
      prepared: reshape(bias ? add(products, bias) : products, [batch, steps, height, width, channels]),
      stateShape: [batch, height, width, channels / 4],
      step: (input, [h, c]) =>
        lstmStep(split(add(input, conv2d(h as never, recurrentKernel as never, 1, 'same') as Tensor), 4, -1), c!, act, gate),
    };
  });
};

function lstmStep(gates: Tensor[], c: Tensor, act: (x: Tensor) => Tensor, gate: (x: Tensor) => Tensor): Tensor[] {
  const [input, forget, candidate, output] = gates as [Tensor, Tensor, Tensor, Tensor];
  const carried = add(mul(gate(forget), c), mul(gate(input), act(candidate)));
  return [mul(gate(output), act(carried)), carried];
}

/** x [B, T, F] · kernel [F, G] + bias → [B, T, G]. */
function project(x: Tensor, kernel: Tensor, bias: Tensor | null): Tensor {
  const [batch, steps, features] = x.shape as [number, number, number];
  const product = matMul(reshape(x, [batch * steps, features]), kernel);
  return reshape(bias ? add(product, bias) : product, [batch, steps, kernel.shape[1]!]);
}

interface Cell {
  readonly prepared: Tensor;
  readonly stateShape: number[];
  readonly step: Step;
}

function recurrent(options: Options, outputCount: number, stateCount: number, makeCell: (inputs: Inputs) => Cell) {
  return (...inputs: (Tensor | null)[]): Tensor[] =>
    tidy(() => {
      const [, , , , mask, ...initial] = inputs as unknown as Inputs;
      const cell = makeCell(inputs as unknown as Inputs);
      const start = Array.from({ length: stateCount }, (_, i) => initial[i] ?? (zeros(cell.stateShape) as Tensor));
      const { sequence, last, states } = loop(cell, start, mask ?? null, options);
      const y = options.returnSequences ? stack(sequence, 1) : last;
      return [y, ...states].slice(0, outputCount).map((tensor) => tensor.clone());
    });
}

function loop(cell: Cell, start: readonly Tensor[], mask: Tensor | null, options: Options) {
  const inTime = (x: Tensor) => unstack(options.goBackwards ? reverse(x, 1) : x, 1);
  const inputs = inTime(cell.prepared);
  const masks = mask ? inTime(cast(mask, 'int32')) : null;
  const sequence: Tensor[] = [];
  let states = start;
  let last: Tensor = zeros(cell.stateShape);
  inputs.forEach((input, time) => {
    const next = cell.step(input, states);
    if (!masks) {
      states = next;
      last = next[0]!;
      if (options.returnSequences) sequence.push(last);
      return;
    }
    const valid = cast(reshape(masks[time]!, [-1, ...cell.stateShape.slice(1).map(() => 1)]), 'bool');
    const output = next[0]!;
    sequence.push(where(valid, output, options.zeroOutputForMask ? zerosLike(output) : last));
    last = where(valid, output, last);
    states = next.map((state, i) => where(valid, state, states[i]!));
  });
  return { sequence, last, states };
}
