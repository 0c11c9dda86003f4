/**
 * MediaPipe's three operators that look closer at parts of a face, in operators that every runtime has. In each, M is a 4 × 4 matrix of
 * which the upper left 2 × 2 turns and scales points of a plane and the last column moves them:
 *
 * 1. Landmarks2TransformMatrix: M takes places of a small picture to the rectangle around some of the landmarks, turned by the line between two.
 * 2. TransformTensorBilinear: a small picture, read from a large one at M · (x, y), between its pixels; 0 outside of it.
 * 3. TransformLandmarks: points (x, y) as M · (x, y).
 *
 * Source of what they compute: mediapipe/util/tflite/operations, version 2 of each.
 */
import type { ValueId } from '../../../ir/graph';
import { float32Tensor, int32Tensor, type Shape } from '../../../ir/tensor';
import type { OpAttributes, OpName } from '../../../ops/signatures';
import { customOptionsOf } from '../custom-options';
import type { FlatBuilder, FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';

const VERSION = 2;
/** A face has 478 of them; a body fewer. */
const MOST_LANDMARKS = 4096;
/** Pixels of the small picture at one side; published ones have 16. */
const LARGEST_SIDE = 1024;

export const landmarkLowerings: FlatLowerings = {
  Landmarks2TransformMatrix(node, builder) {
    const landmarks = node.value(0);
    const shape = expectShape(node, 0, 3);
    const options = customOptionsOf(node.operator.customOptions);
    const number = (name: string): number => options.number(name) ?? node.refuse(`its option ${name} is missing`);
    const [width, height] = [side(node, number('output_width')), side(node, number('output_height'))];
    const subset = options.numbers('subset_idxs', MOST_LANDMARKS) ?? node.refuse('its option subset_idxs is missing');
    const [left, right] = [number('left_rotation_idx'), number('right_rotation_idx')];
    const isLandmark = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < shape[1]!;
    if (shape[0] !== 1 || shape[2] !== 3 || subset.length === 0 || ![left, right, ...subset].every(isLandmark)) {
      return node.refuse(`it picks landmarks that [${shape.join(', ')}] does not have`);
    }
    const { op, constant, add, sub, mul, scale, part } = algebra(node, builder);
    const points = (indices: readonly number[]): ValueId => op('gather', [landmarks, builder.constant(node, 'indices', int32Tensor([indices.length], indices))], { axis: 1, batchDims: 0 });
    const difference = sub(points([right]), points([left]));
    // The turn is the wanted angle less that of the line.
    const angle = sub(constant([1, 1, 1], [options.number('target_rotation_radians') ?? 0]), op('atan2', [part(difference, 1, 1), part(difference, 0, 1)], {}));
    const [cosine, sine] = [op('cos', [angle], {}), op('sin', [angle], {})];
    const chosen = points(subset);
    const [x, y] = [part(chosen, 0, subset.length), part(chosen, 1, subset.length)];
    const extent = (values: ValueId): readonly [size: ValueId, middle: ValueId] => {
      const [most, least] = (['max', 'min'] as const).map((one) => op(one, [values], { axes: [1], keepDims: true })) as [ValueId, ValueId];
      return [sub(most, least), scale(add(most, least), 0.5)];
    };
    const [sizeX, middleX] = extent(sub(mul(cosine, x), mul(sine, y)));
    const [sizeY, middleY] = extent(add(mul(sine, x), mul(cosine, y)));
    const [stepX, stepY] = [scale(sizeX, number('scale_x') / width), scale(sizeY, number('scale_y') / height)];
    const [xx, xy] = [mul(cosine, stepX), mul(sine, stepY)];
    const [yx, yy] = [scale(mul(sine, stepX), -1), mul(cosine, stepY)];
    // The middle, turned back, less half of the small picture.
    const centred = (middle: ValueId, ofX: ValueId, ofY: ValueId): ValueId => sub(middle, add(scale(ofX, width / 2), scale(ofY, height / 2)));
    const moveX = centred(add(mul(cosine, middleX), mul(sine, middleY)), xx, xy);
    const moveY = centred(sub(mul(cosine, middleY), mul(sine, middleX)), yx, yy);
    const zero = constant([1, 1, 1], [0]);
    const below = constant([1, 1, 8], [0, 0, 1, 0, 0, 0, 0, 1]);
    const row = op('concat', [xx, xy, zero, moveX, yx, yy, zero, moveY, below], { axis: 2, activation: 'none' });
    return builder.emit(node, 'reshape', [row], { shape: [1, 4, 4] });
  },

  TransformTensorBilinear(node, builder) {
    const [batch, height, width, channels] = expectShape(node, 0, 4) as [number, number, number, number];
    const options = customOptionsOf(node.operator.customOptions);
    const [columns, rows] = [side(node, options.number('output_width') ?? 0), side(node, options.number('output_height') ?? 0)];
    if (batch !== 1 || !(height > 0 && width > 0 && channels > 0)) return node.refuse('it reads a picture whose size is not known, or several');
    expectMatrix(node, 1);
    const count = rows * columns;
    const { op, constant, add, sub, mul, scale, part } = algebra(node, builder);
    const { turn, move } = planeOf(node, builder, 1);
    const centres = Array.from({ length: count * 2 }, (_, i) => 0.5 + (i % 2 === 0 ? (i / 2) % columns : Math.floor((i - 1) / 2 / columns)));
    const turned = op('batch-matmul', [constant([1, count, 2], centres), turn], { transposeA: false, transposeB: true });
    const places = sub(add(turned, move), constant([1, 1, 1], [0.5]));
    const [x, y] = [part(places, 0, count), part(places, 1, count)];
    const [floorX, floorY] = [op('floor', [x], {}), op('floor', [y], {})];
    const [right, lower] = [sub(x, floorX), sub(y, floorY)];
    const pixels = op('reshape', [node.value(0)], { shape: [height * width, channels] });
    const atMost = (value: ValueId, most: number): ValueId => op('clip', [value], { minimum: 0, maximum: most });
    const pixel = (column: ValueId, line: ValueId): ValueId => {
      const index = add(scale(atMost(line, height - 1), width), atMost(column, width - 1));
      return op('gather', [pixels, op('reshape', [op('cast', [index], { dtype: 'int32' })], { shape: [count] })], { axis: 0, batchDims: 0 });
    };
    const share = (value: ValueId): ValueId => op('reshape', [value], { shape: [count, 1] });
    const between = (a: ValueId, b: ValueId, weight: ValueId): ValueId => add(mul(a, sub(constant([1, 1], [1]), weight)), mul(b, weight));
    const one = constant([1, 1, 1], [1]);
    const [nextX, nextY] = [add(floorX, one), add(floorY, one)];
    const upperRow = between(pixel(floorX, floorY), pixel(nextX, floorY), share(right));
    const lowerRow = between(pixel(floorX, nextY), pixel(nextX, nextY), share(right));
    const isWithin = (value: ValueId, most: number): ValueId =>
      op('logical-and', [op('greater-equal', [value, constant([1, 1, 1], [0])], {}), op('less-equal', [value, constant([1, 1, 1], [most])], {})], {});
    const inside = op('cast', [op('logical-and', [isWithin(x, width - 1), isWithin(y, height - 1)], {})], { dtype: 'float32' });
    const picture = mul(between(upperRow, lowerRow, share(lower)), share(inside));
    return builder.emit(node, 'reshape', [picture], { shape: [1, rows, columns, channels] });
  },

  TransformLandmarks(node, builder) {
    const shape = expectShape(node, 0, 3);
    expectMatrix(node, 1);
    if (shape[0] !== 1 || (shape[2] !== 2 && shape[2] !== 3)) return node.refuse(`it moves points of [${shape.join(', ')}]; [1, any, 2] and [1, any, 3] are allowed`);
    const { op, add } = algebra(node, builder);
    const { turn, move } = planeOf(node, builder, 1);
    const points = shape[2] === 2 ? node.value(0) : op('slice', [node.value(0)], { begin: [0, 0, 0], size: [1, -1, 2] });
    const turned = op('batch-matmul', [points, turn], { transposeA: false, transposeB: true });
    if (shape[2] === 2) return builder.emit(node, 'add', [turned, move], { activation: 'none' });
    const depth = op('slice', [node.value(0)], { begin: [0, 0, 2], size: [1, -1, 1] });
    return builder.emit(node, 'concat', [add(turned, move), depth], { axis: 2, activation: 'none' });
  },
};

/** Short names for the operators between the node's inputs and its output. */
function algebra(node: FlatNode, builder: FlatBuilder) {
  const op = <O extends OpName>(name: O, inputs: readonly ValueId[], attributes: OpAttributes[O]): ValueId => builder.inner(node, name, inputs, attributes, name);
  const constant = (shape: Shape, values: readonly number[]): ValueId => builder.constant(node, 'constant', float32Tensor(shape, values));
  const plain = { activation: 'none' } as const;
  const mul = (a: ValueId, b: ValueId): ValueId => op('mul', [a, b], plain);
  return {
    op,
    constant,
    mul,
    add: (a: ValueId, b: ValueId): ValueId => op('add', [a, b], plain),
    sub: (a: ValueId, b: ValueId): ValueId => op('sub', [a, b], plain),
    scale: (a: ValueId, factor: number): ValueId => mul(a, constant([1, 1, 1], [factor])),
    /** One coordinate of [1, count, …]. */
    part: (points: ValueId, coordinate: number, count: number): ValueId => op('slice', [points], { begin: [0, 0, coordinate], size: [1, count, 1] }),
  };
}

/** What a matrix does in the plane: [1, 2, 2] and [1, 1, 2]. */
function planeOf(node: FlatNode, builder: FlatBuilder, input: number): { readonly turn: ValueId; readonly move: ValueId } {
  const { op } = algebra(node, builder);
  const matrix = node.value(input);
  const column = op('slice', [matrix], { begin: [0, 0, 3], size: [1, 2, 1] });
  return { turn: op('slice', [matrix], { begin: [0, 0, 0], size: [1, 2, 2] }), move: op('reshape', [column], { shape: [1, 1, 2] }) };
}

function expectShape(node: FlatNode, input: number, rank: number): Shape {
  if (node.operator.version !== VERSION) return node.refuse(`it has version ${node.operator.version}; Whittle reads version ${VERSION}`);
  const { dtype, shape } = node.typeOf(input);
  if (dtype === 'float32' && shape?.length === rank && !shape.includes(-1) && !node.gridOf(input)) return shape;
  return node.refuse(`its input ${input} is ${shape ? `[${shape.join(', ')}]` : 'of unknown rank'}; ${rank} known dimensions of floats are allowed`);
}

function expectMatrix(node: FlatNode, input: number): void {
  const shape = expectShape(node, input, 3);
  if (shape.join() !== '1,4,4') node.refuse(`its matrix is [${shape.join(', ')}]; [1, 4, 4] is allowed`);
}

function side(node: FlatNode, size: number): number {
  if (Number.isInteger(size) && size >= 1 && size <= LARGEST_SIDE) return size;
  return node.refuse(`it makes pictures of ${size} pixels at one side; 1 to ${LARGEST_SIDE} are allowed`);
}
