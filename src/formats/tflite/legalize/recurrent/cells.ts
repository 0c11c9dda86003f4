/**
 * One step of each recurrent layer, as Keras computes it. With h the output before:
 * - simple-rnn: act(x + h · R)
 * - lstm: i, f, g, o = parts of x + h · R; c' = σ(f) · c + σ(i) · act(g); y = σ(o) · act(c')
 * - gru: z, r = σ(x + h · R); candidate g = act(x + r · (h · R + b)) when the reset comes after, else act(x + (r · h) · R);
 *   y = g + z · (h − g)
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import { algebra } from '../algebra';
import { sliced } from '../rearrange';
import type { Build } from '../rule';
import { cellActivation } from './cell-activation';
import type { Cell, State } from './unroll';

export function simpleRnnCell(node: NodeOf<'simple-rnn'>, build: Build): Cell {
  const { add } = algebra(build);
  const act = cellActivation(node.attributes.activation, build);
  const [, , recurrentKernel] = node.inputs;
  return {
    prepared: projected(node, node.inputs[3], build),
    stateCount: 1,
    step: (input, [h]) => [act(h ? add(input, product(h, recurrentKernel!, null, build)) : input)],
  };
}

export function lstmCell(node: NodeOf<'lstm'>, build: Build): Cell {
  const { add } = algebra(build);
  const [, , recurrentKernel] = node.inputs;
  return {
    prepared: projected(node, node.inputs[3], build),
    stateCount: 2,
    step: (input, [h, c]) => lstmStep(h ? add(input, product(h, recurrentKernel!, null, build)) : input, c ?? null, node.attributes, build),
  };
}

export function convLstmCell(node: NodeOf<'conv-lstm2d'>, build: Build): Cell {
  const { add, reshape } = algebra(build);
  const { strides, padding, dilations } = node.attributes;
  const [x, kernel, recurrentKernel, bias] = node.inputs;
  const [batch, steps, height, width, channels] = build.shape(x!) as [number, number, number, number, number];
  const pictures = reshape(x!, [batch < 0 ? -1 : batch * steps, height, width, channels]);
  const products = build.op('conv2d', [pictures, kernel!, bias ?? null], { strides, padding, dilations, groups: 1, activation: 'none' });
  const inner = { strides: [1, 1], padding: 'same', dilations: [1, 1], groups: 1, activation: 'none' } as const;
  return {
    prepared: reshape(products, [batch, steps, ...build.shape(products).slice(1)]),
    stateCount: 2,
    step: (input, [h, c]) => lstmStep(h ? add(input, build.op('conv2d', [h, recurrentKernel!], inner)) : input, c ?? null, node.attributes, build),
  };
}

export function gruCell(node: NodeOf<'gru'>, build: Build): Cell {
  const { resetAfter } = node.attributes;
  const [, , recurrentKernel, bias] = node.inputs;
  const units = build.shape(recurrentKernel!)[0]!;
  const rows = bias && resetAfter ? [0, 1].map((row) => partOf(bias, 0, row, 1, build)).map((row) => algebra(build).reshape(row, [3 * units])) : [bias ?? null, null];
  const [inputBias, innerBias] = rows as [State, State];
  return {
    prepared: projected(node, inputBias, build),
    stateCount: 1,
    step: resetAfter ? resetAfterStep(node, units, innerBias, build) : resetBeforeStep(node, units, build),
  };
}

function resetAfterStep(node: NodeOf<'gru'>, units: number, innerBias: State, build: Build): Cell['step'] {
  const { add, mul } = algebra(build);
  const act = cellActivation(node.attributes.activation, build);
  const gate = cellActivation(node.attributes.recurrentActivation, build);
  return (input, [h]) => {
    const [xGates, xNew] = parts(input, [2 * units, units], build);
    if (h) {
      const [hGates, hNew] = parts(product(h, node.inputs[2]!, innerBias, build), [2 * units, units], build);
      const [z, r] = parts(gate(add(xGates!, hGates!)), [units, units], build);
      return [blended(z!, act(add(xNew!, mul(r!, hNew!))), h, build)];
    }
    if (!innerBias) {
      const [z] = parts(gate(xGates!), [units, units], build);
      return [blended(z!, act(xNew!), null, build)];
    }
    const [biasGates, biasNew] = [partOf(innerBias, 0, 0, 2 * units, build), partOf(innerBias, 0, 2 * units, units, build)];
    const [z, r] = parts(gate(add(xGates!, biasGates)), [units, units], build);
    return [blended(z!, act(add(xNew!, mul(r!, biasNew))), null, build)];
  };
}

function resetBeforeStep(node: NodeOf<'gru'>, units: number, build: Build): Cell['step'] {
  const { add, mul } = algebra(build);
  const act = cellActivation(node.attributes.activation, build);
  const gate = cellActivation(node.attributes.recurrentActivation, build);
  const gatesKernel = partOf(node.inputs[2]!, 1, 0, 2 * units, build);
  const newKernel = partOf(node.inputs[2]!, 1, 2 * units, units, build);
  return (input, [h]) => {
    const [xGates, xNew] = parts(input, [2 * units, units], build);
    const [z, r] = parts(gate(h ? add(xGates!, product(h, gatesKernel, null, build)) : xGates!), [units, units], build);
    return [blended(z!, act(h ? add(xNew!, product(mul(r!, h), newKernel, null, build)) : xNew!), h ?? null, build)];
  };
}

function blended(z: ValueId, candidate: ValueId, h: State, build: Build): ValueId {
  const { add, sub, mul } = algebra(build);
  return h ? add(candidate, mul(z, sub(h, candidate))) : sub(candidate, mul(z, candidate));
}

function lstmStep(gates: ValueId, c: State, attributes: NodeOf<'lstm'>['attributes'], build: Build): readonly ValueId[] {
  const { add, mul } = algebra(build);
  const act = cellActivation(attributes.activation, build);
  const gate = cellActivation(attributes.recurrentActivation, build);
  const axis = build.shape(gates).length - 1;
  const [input, forget, candidate, output] = build.ops('split', [gates], { axis, count: 4 }, 4) as [ValueId, ValueId, ValueId, ValueId];
  const added = mul(gate(input), act(candidate));
  const carried = c ? add(mul(gate(forget), c), added) : added;
  return [mul(gate(output), act(carried)), carried];
}

/** x [B, T, F] · kernel + bias for all steps. */
function projected(node: NodeOf<'lstm'> | NodeOf<'gru'> | NodeOf<'simple-rnn'>, bias: State | undefined, build: Build): ValueId {
  const { reshape } = algebra(build);
  const [x, kernel] = node.inputs;
  const [batch, steps, features] = build.shape(x!) as [number, number, number];
  const rows = reshape(x!, [batch < 0 ? -1 : batch * steps, features]);
  return reshape(product(rows, kernel!, bias ?? null, build), [batch, steps, build.shape(kernel!)[1]!]);
}

function product(x: ValueId, kernel: ValueId, bias: State, build: Build): ValueId {
  return build.op('dense', [x, kernel, bias], { activation: 'none' });
}

function parts(x: ValueId, sizes: readonly number[], build: Build): readonly ValueId[] {
  const axis = build.shape(x).length - 1;
  return build.ops('split', [x], sizes.every((size) => size === sizes[0]) ? { axis, count: sizes.length } : { axis, sizes }, sizes.length);
}

function partOf(id: ValueId, axis: number, start: number, size: number, build: Build): ValueId {
  const { tensor } = build.value(id);
  if (!tensor) return build.refuse('its weights are computed by the graph; only constant weights can be written');
  return build.constant(id, `axis ${axis}, ${start}…${start + size}`, () => sliced(tensor, axis, start, size));
}
