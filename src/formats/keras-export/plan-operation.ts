/** Nodes as bare operations of `keras.ops`, which a `.keras` file of Keras 3 may hold between its layers. */
import type { Node, NodeOf, ValueId } from '../../ir/graph';
import { sizeOf } from '../../ir/tensor';
import type { OpName } from '../../ops/signatures';
import { ELLIPSIS, SliceArgument } from '../keras-layers/topology';
import { activated, type Plan, type PlanContext, type Planner, reason, single, type Step, tensorOf } from './plan';

/** Constants stand in the config as text; larger ones are weights, which operations cannot have. */
const LARGEST_CONSTANT = 100_000;

type Module = 'core' | 'math' | 'nn' | 'numpy';

/** Operations of the same operands and without settings, by the class that Keras has for them. */
const PLAIN: { readonly [O in OpName]?: readonly [Module, string] } = {
  exp: ['numpy', 'Exp'],
  expm1: ['numpy', 'Expm1'],
  log: ['numpy', 'Log'],
  log1p: ['numpy', 'Log1p'],
  sqrt: ['numpy', 'Sqrt'],
  rsqrt: ['math', 'Rsqrt'],
  square: ['numpy', 'Square'],
  reciprocal: ['numpy', 'Reciprocal'],
  neg: ['numpy', 'Negative'],
  abs: ['numpy', 'Absolute'],
  sign: ['numpy', 'Sign'],
  floor: ['numpy', 'Floor'],
  ceil: ['numpy', 'Ceil'],
  round: ['numpy', 'Round'],
  sin: ['numpy', 'Sin'],
  cos: ['numpy', 'Cos'],
  tan: ['numpy', 'Tan'],
  asin: ['numpy', 'Arcsin'],
  acos: ['numpy', 'Arccos'],
  atan: ['numpy', 'Arctan'],
  sinh: ['numpy', 'Sinh'],
  cosh: ['numpy', 'Cosh'],
  asinh: ['numpy', 'Arcsinh'],
  acosh: ['numpy', 'Arccosh'],
  atanh: ['numpy', 'Arctanh'],
  erf: ['math', 'Erf'],
  'is-nan': ['numpy', 'Isnan'],
  'logical-not': ['numpy', 'LogicalNot'],
  'zeros-like': ['numpy', 'ZerosLike'],
  'ones-like': ['numpy', 'OnesLike'],
  add: ['numpy', 'Add'],
  sub: ['numpy', 'Subtract'],
  mul: ['numpy', 'Multiply'],
  maximum: ['numpy', 'Maximum'],
  minimum: ['numpy', 'Minimum'],
  pow: ['numpy', 'Power'],
  'floor-div': ['numpy', 'FloorDivide'],
  'floor-mod': ['numpy', 'Mod'],
  atan2: ['numpy', 'Arctan2'],
  equal: ['numpy', 'Equal'],
  'not-equal': ['numpy', 'NotEqual'],
  less: ['numpy', 'Less'],
  'less-equal': ['numpy', 'LessEqual'],
  greater: ['numpy', 'Greater'],
  'greater-equal': ['numpy', 'GreaterEqual'],
  'logical-and': ['numpy', 'LogicalAnd'],
  'logical-or': ['numpy', 'LogicalOr'],
  'logical-xor': ['numpy', 'LogicalXor'],
  select: ['numpy', 'Where'],
};

type SettingTable = { readonly [O in OpName]?: Planner<O> };

/** Operations with settings. */
const SET: SettingTable = {
  div: (node, context) => {
    const isFloat = node.inputs.every((id) => context.graph.values[id!]!.dtype === 'float32');
    return isFloat ? activated([operation(node, context, 'numpy', 'TrueDivide', {})], node.attributes.activation) : reason('divides whole numbers');
  },
  'squared-difference': (node, context) => ({
    steps: [{ ...operation(node, context, 'numpy', 'Subtract', {}), suffix: 'difference' }, { className: 'Square', module: moduleOf('numpy'), config: {}, inputs: [0] }],
  }),
  gelu: (node, context) => single(operation(node, context, 'nn', 'Gelu', { approximate: node.attributes.approximate })),
  clip: (node, context) => single(operation(node, context, 'numpy', 'Clip', { x_min: node.attributes.minimum, x_max: node.attributes.maximum })),
  cast: (node, context) => single(operation(node, context, 'core', 'Cast', { dtype: node.attributes.dtype })),
  softmax: (node, context) => single(operation(node, context, 'nn', 'Softmax', { axis: node.attributes.axis })),
  'log-softmax': (node, context) => single(operation(node, context, 'nn', 'LogSoftmax', { axis: node.attributes.axis })),
  'batch-matmul': (node, context) => {
    if (node.attributes.transposeA || node.attributes.transposeB) return einsumOfMatmul(node, context);
    return single(operation(node, context, 'numpy', 'Matmul', {}));
  },
  einsum: (node, context) => single(operation(node, context, 'numpy', 'Einsum', { subscripts: node.attributes.equation })),
  mean: (node, context) => reduction(node, context, 'Mean'),
  sum: (node, context) => reduction(node, context, 'Sum'),
  prod: (node, context) => reduction(node, context, 'Prod'),
  max: (node, context) => reduction(node, context, 'Max'),
  min: (node, context) => reduction(node, context, 'Min'),
  any: (node, context) => reduction(node, context, 'Any'),
  all: (node, context) => reduction(node, context, 'All'),
  argmax: (node, context) => single(operation(node, context, 'numpy', 'Argmax', { axis: node.attributes.axis })),
  argmin: (node, context) => single(operation(node, context, 'numpy', 'Argmin', { axis: node.attributes.axis })),
  reshape: (node, context) => {
    const { shape } = node.attributes;
    return shape ? single(operation(node, context, 'numpy', 'Reshape', { newshape: [...shape] })) : reason('takes a shape that is computed at run time');
  },
  transpose: (node, context) => single(operation(node, context, 'numpy', 'Transpose', { axes: [...node.attributes.permutation] })),
  'expand-dims': (node, context) => single(operation(node, context, 'numpy', 'ExpandDims', { axis: node.attributes.axis })),
  squeeze: (node, context) => single(operation(node, context, 'numpy', 'Squeeze', { axis: [...node.attributes.axes] })),
  reverse: (node, context) => single(operation(node, context, 'numpy', 'Flip', { axis: [...node.attributes.axes] })),
  tile: (node, context) => {
    const { multiples } = node.attributes;
    return multiples ? single(operation(node, context, 'numpy', 'Tile', { repeats: [...multiples] })) : reason('repeats as often as is computed at run time');
  },
  concat: (node, context) => activated([{ ...operation(node, context, 'numpy', 'Concatenate', { axis: node.attributes.axis }), takesList: true }], node.attributes.activation),
  stack: (node, context) => single({ ...operation(node, context, 'numpy', 'Stack', { axis: node.attributes.axis }), takesList: true }),
  unstack: (node, context) => single(operation(node, context, 'core', 'Unstack', { num: node.outputs.length, axis: node.attributes.axis })),
  split: (node, context) => {
    const { attributes } = node;
    if ('count' in attributes) return single(operation(node, context, 'numpy', 'Split', { indices_or_sections: attributes.count, axis: attributes.axis }));
    if (attributes.sizes.includes(-1)) return reason('splits off a rest of unknown size');
    let end = 0;
    const cuts = attributes.sizes.slice(0, -1).map((size) => (end += size));
    return single(operation(node, context, 'numpy', 'Split', { indices_or_sections: cuts, axis: attributes.axis }));
  },
  pad: (node, context) => {
    const { paddings, value } = node.attributes;
    if (!paddings) return reason('takes paddings that are computed at run time');
    if (value !== 0) return reason('pads with another number than zero, for which Keras has no layer');
    return single(operation(node, context, 'numpy', 'Pad', { pad_width: paddings.map((pair) => [...pair]), mode: 'constant' }));
  },
  'mirror-pad': (node, context) =>
    single(operation(node, context, 'numpy', 'Pad', { pad_width: node.attributes.paddings.map((pair) => [...pair]), mode: node.attributes.mode })),
  gather: (node, context) =>
    node.attributes.batchDims === 0 ? single(operation(node, context, 'numpy', 'Take', { axis: node.attributes.axis })) : reason('picks for each sample'),
  slice: (node) => {
    const { begin, size } = node.attributes;
    if (!begin || !size) return reason('slices at positions that are computed at run time');
    const spec = begin.map((from, i) => new SliceArgument(from, size[i] === -1 ? null : from + size[i]!, null));
    return single({ className: 'GetItem', module: moduleOf('numpy'), config: {}, inputs: [node.inputs[0]!], more: [spec] });
  },
  'strided-slice': stridedSlice,
};

/** The node as an operation, or why it is none. */
export function planOperation(node: Node, context: PlanContext): Plan {
  const tooLarge = node.inputs.find((id) => {
    const tensor = tensorOf(context, id);
    return tensor && (tensor.dtype === 'string' || sizeOf(tensor.shape) > LARGEST_CONSTANT);
  });
  if (tooLarge) return reason('has a large constant, which operations of Keras cannot hold');
  const planner = SET[node.op] as ((node: Node, context: PlanContext) => Plan) | undefined;
  if (planner) return planner(node, context);
  const plain = PLAIN[node.op];
  if (!plain) return reason('is an operation that Keras does not have');
  const { activation } = node.attributes as { activation?: Parameters<typeof activated>[1] };
  return activated([operation(node, context, ...plain, {})], activation ?? 'none');
}

function moduleOf(module: Module): string {
  return `keras.src.ops.${module}`;
}

function operation(node: Node, _context: PlanContext, module: Module, className: string, config: Step['config']): Step {
  const inputs = node.inputs.filter((id): id is ValueId => id !== null);
  return { className, module: moduleOf(module), config, inputs };
}

function reduction(node: Node & { readonly attributes: { readonly axes: readonly number[]; readonly keepDims: boolean } }, context: PlanContext, className: string): Plan {
  const { axes, keepDims } = node.attributes;
  return single(operation(node, context, 'numpy', className, { axis: [...axes], keepdims: keepDims }));
}

/** Keras's matmul does not transpose. */
function einsumOfMatmul(node: NodeOf<'batch-matmul'>, context: PlanContext): Plan {
  const ranks = node.inputs.map((id) => context.graph.values[id!]!.shape?.length ?? 0);
  const rank = ranks[0]!;
  if (ranks[1] !== rank || rank < 2 || rank > 8) return reason('multiplies tensors of different ranks');
  const batch = 'abcdefgh'.slice(0, rank - 2);
  const left = node.attributes.transposeA ? 'zx' : 'xz';
  const right = node.attributes.transposeB ? 'yz' : 'zy';
  return single(operation(node, context, 'numpy', 'Einsum', { subscripts: `${batch}${left},${batch}${right}->${batch}xy` }));
}

/** NumPy's indexing, the second argument of GetItem. */
function stridedSlice(node: NodeOf<'strided-slice'>, _context: PlanContext): Plan {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = node.attributes;
  if (!begin || !end || !strides) return reason('slices at positions that are computed at run time');
  const spec = begin.map((from, i): unknown => {
    const bit = 1 << i;
    if (ellipsisMask & bit) return ELLIPSIS;
    if (newAxisMask & bit) return null;
    if (shrinkAxisMask & bit) return from;
    return new SliceArgument(beginMask & bit ? null : from, endMask & bit ? null : end[i], strides[i] === 1 ? null : strides[i]);
  });
  return single({ className: 'GetItem', module: moduleOf('numpy'), config: {}, inputs: [node.inputs[0]!], more: [spec] });
}
