/**
 * Any operator by the runtime's own kernel, and its gradient by TensorFlow.js's tape over that kernel, which computes it once
 * more. For what has no rule of its own.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Node } from '../../../ir/graph';
import type { OpName } from '../../../ops/signatures';
import type { Kernel, KernelContext } from '../../../runtime/tfjs/kernel';
import type { Rule, RuleContext } from '../rule';
import { WhittleError } from '../../../lib/errors';
import { kernels } from '../../../runtime/tfjs/kernels';
import { whileTraining } from '../../wasm/slow-kernels';
import { addN, engine, mul, sum } from '@tensorflow/tfjs-core';

export function generic(node: { readonly op: OpName }, context: RuleContext): Rule {
  const forward = forwardOf(node, context);
  return {
    reads: { inputs: context.inputs.map((_, i) => i), outputs: false },
    usesTape: true,
    forward,
    backward(gradients, { inputs, wanted }) {
      const positions = wanted.flatMap((isWanted, i) => (isWanted ? [i] : []));
      const arguments_ = positions.map((i) => inputs[i]!);
      const weighted = (...given: Tensor[]): Tensor => {
        const all = [...inputs];
        positions.forEach((position, i) => (all[position] = given[i]!));
        const terms = [forward(all, INFERENCE)].flat().flatMap((y, i) => (gradients[i] ? [sum(mul(y, gradients[i]!))] : []));
        return terms.length === 1 ? terms[0]! : addN(terms);
      };
      const { grads } = whileTraining(() => engine().gradients(() => weighted(...arguments_), arguments_));
      return wanted.map((isWanted, i) => (isWanted ? grads[positions.indexOf(i)]! : null));
    },
  };
}

/** The runtime's kernel as the forward pass of a rule. */
export function forwardOf(node: { readonly op: OpName }, context: RuleContext): Rule['forward'] {
  const whole = node as Node;
  const kernelContext: KernelContext = { ...context, tail: null };
  // The table pairs each op with its own kernel; TypeScript cannot follow that through an index.
  const execute = (kernels[whole.op] as unknown as Kernel<OpName>)(whole as never, kernelContext);
  return (inputs) => {
    const made = execute(...inputs);
    if (!(made instanceof Promise)) return made;
    made.catch(() => undefined);
    throw new WhittleError(
      'UnsupportedError',
      `Node ${whole.name} (${whole.op}) needs numbers that are only known while the model runs; a model with it cannot be trained. Cut that part off the model.`,
    );
  };
}

const INFERENCE = { training: false, seed: 0, keep: () => undefined };
