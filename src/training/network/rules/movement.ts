/**
 * Resizing, mirroring, cutting with steps and depth to space: TensorFlow.js has no gradient of these, or a wrong one (of mirrored
 * padding, and of resizing with half pixel centres).
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeOf } from '../../../ir/graph';
import type { OpAttributes, OpName } from '../../../ops/signatures';
import type { Rule, RuleContext, RuleMaker } from '../rule';
import type { Takes } from '../along-axis';
import { WhittleError } from '../../../lib/errors';
import { backAlongAxis } from '../along-axis';
import { forwardOf } from './generic';
import { reshape, slice_util, transpose } from '@tensorflow/tfjs-core';

function alongAxes<O extends OpName>(takesOf: (node: NodeOf<O>, context: RuleContext) => (axis: number, from: number, to: number) => Takes | null): RuleMaker<O> {
  return (node, context) => {
    const takes = takesOf(node, context);
    return {
      reads: { inputs: [], outputs: false },
      forward: forwardOf(node, context),
      backward: ([dy], { inputShapes: [shape], wanted }) => {
        const back = shape!.reduce((gradient, length, axis): Tensor => {
          const taken = takes(axis, length, gradient.shape[axis]!);
          return taken ? backAlongAxis(gradient, axis, length, taken) : gradient;
        }, dy!);
        return wanted.map((isWanted, i) => (isWanted && i === 0 ? back : null));
      },
    };
  };
}

const resizeBilinear = alongAxes<'resize-bilinear'>(({ attributes }) => (axis, from, to) => (isSpatial(axis) ? bilinear(from, to, attributes) : null));
const resizeNearest = alongAxes<'resize-nearest'>(({ attributes }) => (axis, from, to) => (isSpatial(axis) ? nearest(from, to, attributes) : null));

const mirrorPad = alongAxes<'mirror-pad'>(({ attributes: { paddings, mode } }) => (axis, length) => {
  const [before, after] = paddings[axis]!;
  if (before + after === 0) return null;
  const edge = mode === 'symmetric' ? 1 : 0;
  return Array.from({ length: before + length + after }, (_, to) => {
    const place = to - before;
    const from = place < 0 ? -place - edge : place >= length ? 2 * (length - 1) - place + edge : place;
    return [{ from, share: 1 }];
  });
});

/** The gradient of a cut goes where the numbers came from; with steps backwards too. */
const stridedSlice: RuleMaker<'strided-slice'> = (node, context) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = node.attributes;
  const known = [begin ?? context.numbers(1), end ?? context.numbers(2), strides ?? context.numbers(3)];
  const forward = forwardOf(node, context);
  return {
    reads: { inputs: [], outputs: false },
    forward,
    backward([dy], { inputShapes: [shape], wanted }) {
      const [first, last, steps] = known.map((numbers) => [...required(numbers, node.name)]);
      const info = slice_util.sliceInfo([...shape!], first!, last!, steps!, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
      const cut = reshape(dy!, info.finalShapeSparse.length === shape!.length ? info.finalShapeSparse : countsOf(info));
      const back = shape!.reduce((gradient, length, axis): Tensor => {
        const takes = Array.from({ length: gradient.shape[axis]! }, (_, i) => [{ from: info.begin[axis]! + i * info.strides[axis]!, share: 1 }]);
        return backAlongAxis(gradient, axis, length, takes);
      }, cut);
      return wanted.map((isWanted, i) => (isWanted && i === 0 ? back : null));
    },
  };
};

const depthToSpace: RuleMaker<'depth-to-space'> = (node, context): Rule => {
  const { blockSize } = node.attributes;
  return {
    reads: { inputs: [], outputs: false },
    forward: forwardOf(node, context),
    backward([dy], { inputShapes: [shape] }) {
      const [batch, height, width, channels] = shape as [number, number, number, number];
      const blocks = reshape(dy!, [batch, height, blockSize, width, blockSize, channels / blockSize ** 2]);
      return [reshape(transpose(blocks, [0, 1, 3, 2, 4, 5]), [...shape!])];
    },
  };
};

export const movementRules = {
  'resize-bilinear': resizeBilinear,
  'resize-nearest': resizeNearest,
  'mirror-pad': mirrorPad,
  'strided-slice': stridedSlice,
  'depth-to-space': depthToSpace,
} satisfies Partial<{ [O in OpName]: RuleMaker<O> }>;

function isSpatial(axis: number): boolean {
  return axis === 1 || axis === 2;
}

type Resize = OpAttributes['resize-bilinear'];

/** As TensorFlow places pixels. */
function scaleOf(from: number, to: number, { alignCorners }: Resize): number {
  return alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
}

function bilinear(from: number, to: number, attributes: Resize): Takes {
  const scale = scaleOf(from, to, attributes);
  return Array.from({ length: to }, (_, i) => {
    const place = attributes.halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale;
    const low = Math.max(0, Math.floor(place));
    const high = Math.min(from - 1, Math.ceil(place));
    const share = place - Math.floor(place);
    return [{ from: Math.min(low, from - 1), share: 1 - share }, { from: Math.max(high, 0), share }];
  });
}

function nearest(from: number, to: number, attributes: Resize): Takes {
  const scale = scaleOf(from, to, attributes);
  return Array.from({ length: to }, (_, i) => {
    const place = attributes.halfPixelCenters ? (i + 0.5) * scale : i * scale;
    const cell = attributes.alignCorners ? Math.round(place) : Math.floor(place);
    return [{ from: Math.max(0, Math.min(from - 1, cell)), share: 1 }];
  });
}

function countsOf({ begin, end, strides }: { begin: number[]; end: number[]; strides: number[] }): number[] {
  return begin.map((first, axis) => Math.max(0, Math.ceil((end[axis]! - first) / strides[axis]!)));
}

function required(numbers: readonly number[] | null, name: string): readonly number[] {
  if (numbers) return numbers;
  throw new WhittleError('UnsupportedError', `Node ${name} (strided-slice) cuts where the model says only while it runs; a model with it cannot be trained. Cut that part off the model.`);
}
