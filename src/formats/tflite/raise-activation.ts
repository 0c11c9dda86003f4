/** Activations that TensorFlow Lite's operators apply themselves, and those that follow as operators of their own. */
import type { Shape } from '../../ir/tensor';
import type { FusedActivation } from '../../ops/signatures';
import { activationCodes } from './equivalents';
import type { RaisingContext } from './raise-context';

/** TANH has a number too, but the kernels of convolutions and arithmetic pass over it without a word, so it is never fused. */
const FUSED: Readonly<Partial<Record<FusedActivation, number>>> = { ...activationCodes, tanh: undefined };

const OPERATORS = { relu: 'RELU', relu6: 'RELU6', 'relu-n1-to-1': 'RELU_N1_TO_1', elu: 'ELU', sigmoid: 'LOGISTIC', tanh: 'TANH' } as const;

/** Lets `write` emit an operator with a fused activation, followed by the activation where it cannot be fused. */
export function withActivation(
  context: RaisingContext,
  activation: FusedActivation,
  write: (output: number, fused: number) => void,
  shape: Shape = context.outputShape(0),
): void {
  const fused = FUSED[activation];
  if (fused !== undefined) write(context.y(), fused);
  else activateAfter(context, activation, (output) => write(output, activationCodes.none), shape);
}

/** For operators that fuse nothing. */
export function activateAfter(
  context: RaisingContext,
  activation: FusedActivation,
  write: (output: number) => void,
  shape: Shape = context.outputShape(0),
): void {
  if (activation === 'none') return write(context.y());
  if (context.isInteger) context.refuse(`its activation ${activation} must be a node of its own, with its own grid`);
  const before = context.inner('float32', shape);
  write(before);
  context.emit(OPERATORS[activation], [before], [context.y()]);
}
