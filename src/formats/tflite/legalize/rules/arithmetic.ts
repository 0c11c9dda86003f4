/**
 * Arithmetic without a builtin:
 * - 1 / x; a / b where b ≠ 0, else 0, dividing by 1 there; integers divide towards minus infinity, as TF.js does
 * - C's remainder: (|a| mod |b|) with the sign of a
 * - a xor b = a ≠ b; x is no number: x ≠ x
 * - ones; one term; rounding of whole numbers, which does nothing
 * - broadcasting over more dimensions than kernels do
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import { float32Tensor, int32Tensor, sizeOf } from '../../../../ir/tensor';
import type { OpName } from '../../../../ops/signatures';
import { CONTENTS_LIMIT } from '../../../../ops/definition';
import { algebra } from '../algebra';
import { broadcastRule } from '../broadcast';
import type { Build, Rule, Rules } from '../rule';
import { floatsOnly, numbersOnly, sameTypes } from '../types';
import { unfuse } from './activations';

const arithmetic: readonly Rule<OpName>[] = [sameTypes, numbersOnly, broadcastRule];
const unfusable: Rule<OpName> = (node, build) => unfuse(node as NodeOf<'add'>, build);
const sum = [...arithmetic, unfusable];
const wholeIsItself: Rule<OpName> = (node: NodeOf<OpName>, build) => (build.value(node.inputs[0]!).dtype === 'float32' ? null : [node.inputs[0]!]);

export const arithmeticRules: Rules = {
  add: sum,
  sub: sum,
  mul: sum,
  div: [
    ...sum,
    (node, build) => {
      if (build.value(node.inputs[0]!).dtype === 'float32') return null;
      const quotient = algebra(build).floorDiv(node.inputs[0]!, node.inputs[1]!);
      return [node.attributes.activation === 'none' ? quotient : relu(build, quotient, node.attributes.activation)];
    },
  ],
  'floor-div': arithmetic,
  'floor-mod': arithmetic,
  maximum: arithmetic,
  minimum: arithmetic,
  pow: arithmetic,
  'squared-difference': arithmetic,
  equal: [sameTypes, broadcastRule],
  'not-equal': [sameTypes, broadcastRule],
  less: arithmetic,
  'less-equal': arithmetic,
  greater: arithmetic,
  'greater-equal': arithmetic,
  select: [sameTypes, broadcastRule],
  prelu: [floatsOnly, broadcastRule],
  'logical-and': [flagsOnly, broadcastRule],
  'logical-or': [flagsOnly, broadcastRule],
  'logical-xor': [flagsOnly, (node, build) => [algebra(build).notEqual(node.inputs[0]!, node.inputs[1]!)]],
  'logical-not': [flagsOnly],
  'add-n': [sameTypes, (node) => (node.inputs.length === 1 ? [node.inputs[0]!] : null)],

  reciprocal: [floatsOnly, (node, build) => [algebra(build).div(1, node.inputs[0]!)]],
  'div-no-nan': [
    sameTypes,
    (node, build) => {
      const { div, equal, select } = algebra(build);
      const [a, b] = node.inputs as readonly [ValueId, ValueId];
      const isZero = equal(b, 0);
      return [select(isZero, 0, div(a, select(isZero, 1, b)))];
    },
  ],
  'truncate-mod': [
    sameTypes,
    (node, build) => {
      const { abs, floorMod, less, neg, select } = algebra(build);
      const [a, b] = node.inputs as readonly [ValueId, ValueId];
      const rest = floorMod(abs(a), abs(b));
      return [select(less(a, 0), neg(rest), rest)];
    },
  ],
  'is-nan': [
    (node, build) => {
      const x = node.inputs[0]!;
      return [algebra(build).notEqual(x, x)];
    },
  ],
  'ones-like': [(node, build) => [filled(node.inputs[0]!, 1, build)]],
  'zeros-like': [(node, build) => (build.value(node.inputs[0]!).dtype === 'bool' ? [filled(node.inputs[0]!, 0, build)] : null)],
  identity: [(node) => [node.inputs[0]!]],

  square: [
    (node, build) => {
      const x = node.inputs[0]!;
      return build.value(x).dtype === 'float32' ? null : [algebra(build).mul(x, x)];
    },
  ],
  abs: [numbersOnly],
  neg: [numbersOnly],
  sign: [numbersOnly],
  round: [wholeIsItself],
  floor: [floatsOnly],
  ceil: [floatsOnly],
  relu: [wholeRelu('relu')],
  relu6: [wholeRelu('relu6')],
  'relu-n1-to-1': [wholeRelu('relu-n1-to-1')],
  'leaky-relu': [floatsOnly],
  sigmoid: [floatsOnly],
  tanh: [floatsOnly],
  gelu: [floatsOnly],
  'hard-swish': [floatsOnly],
  exp: [floatsOnly],
  log: [floatsOnly],
  sqrt: [floatsOnly],
  rsqrt: [floatsOnly],
  sin: [floatsOnly],
  cos: [floatsOnly],
  atan2: [
    floatsOnly,
    (node, build) => {
      const [a, b] = node.inputs as readonly [ValueId, ValueId];
      const [left, right] = [build.shape(a), build.shape(b)];
      if (left.join() === right.join()) return null;
      const whole = build.shape(node.outputs[0]!);
      const { add } = algebra(build);
      const widened = (id: ValueId, other: ValueId): ValueId => {
        if (build.shape(id).join() === whole.join()) return id;
        return whole.includes(-1) ? add(id, build.op('zeros-like', [other], {} as never)) : build.op('broadcast-to', [id], { shape: whole });
      };
      return [build.op('atan2', [widened(a, b), widened(b, a)], {} as never)];
    },
  ],
};

const limits = { relu: [0, Infinity], relu6: [0, 6], 'relu-n1-to-1': [-1, 1] } as const;

function wholeRelu(op: keyof typeof limits): Rule<OpName> {
  return (node: NodeOf<OpName>, build) => (build.value(node.inputs[0]!).dtype === 'float32' ? null : [clipped(build, node.inputs[0]!, op)]);
}

function relu(build: Build, x: ValueId, activation: string): ValueId {
  return activation in limits ? clipped(build, x, activation as keyof typeof limits) : build.refuse(`there is no kernel for ${activation} of whole numbers`);
}

function clipped(build: Build, x: ValueId, activation: keyof typeof limits): ValueId {
  const [minimum, maximum] = limits[activation];
  return build.op('clip', [x], { minimum, maximum });
}

function flagsOnly(node: NodeOf<OpName>, build: Build): readonly ValueId[] | null {
  if (node.inputs.every((id) => build.value(id!).dtype === 'bool')) return null;
  const flags = node.inputs.map((id) => algebra(build).cast(id!, 'bool'));
  return [build.op(node.op, flags, node.attributes as never)];
}

/** A small constant when the shape is known, else made from the shape of x. */
function filled(x: ValueId, value: number, build: Build): ValueId {
  const { dtype } = build.value(x);
  const shape = build.shape(x);
  if (dtype === 'string') return build.refuse('text has no numbers');
  if (shape.includes(-1) || sizeOf(shape) > CONTENTS_LIMIT) {
    return build.op('fill', [build.op('shape', [x], {} as never), build.scalar(value, dtype)], {} as never);
  }
  return build.constant(null, `all ${value}`, () => {
    const size = sizeOf(shape);
    if (dtype === 'int32') return int32Tensor(shape, new Int32Array(size).fill(value));
    if (dtype === 'float32') return float32Tensor(shape, new Float32Array(size).fill(value));
    return { dtype, shape, encoding: { kind: 'dense', storage: 'bool', data: new Uint8Array(size).fill(value) } };
  });
}
