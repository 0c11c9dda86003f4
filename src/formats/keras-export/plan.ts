/** What one node becomes when no whole layer stands for it: one or several Keras layers, called one after another. */
import type { Graph, Node, NodeOf, ValueId } from '../../ir/graph';
import { decodeFloats, type Shape, type Tensor } from '../../ir/tensor';
import type { FusedActivation, OpName } from '../../ops/signatures';
import type { Target } from './target';

export interface StepWeight {
  readonly role: string;
  readonly tensor: Tensor;
  /** The constant that it is; null: made for this layer. */
  readonly id: ValueId | null;
}

export interface Step {
  readonly className: string;
  /** Python module of a bare operation; absent for layers. */
  readonly module?: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** In save order. */
  readonly weights?: readonly StepWeight[];
  /** A value of the graph, or the result of an earlier step by its position. Constants are arguments of operations. */
  readonly inputs: readonly (ValueId | number)[];
  /** The inputs are one argument, a list. */
  readonly takesList?: boolean;
  /** Arguments that are no tensors, behind the inputs. */
  readonly more?: readonly unknown[];
  readonly initialState?: readonly ValueId[];
  /** What the layer's name ends with; the main step of a node has none. */
  readonly suffix?: string;
}

/** The outputs of the last step are the node's; `alias`: the node's output is that value itself; `reason`: not possible. */
export type Plan = { readonly steps: readonly Step[] } | { readonly alias: ValueId } | { readonly reason: string };

export interface PlanContext {
  readonly graph: Graph;
  readonly target: Target;
  /** All readers of a value. */
  readonly consumersOf: (id: ValueId) => readonly Node[];
}

export type Planner<O extends OpName> = (node: NodeOf<O>, context: PlanContext) => Plan;
export type PlanTable = { readonly [O in OpName]?: Planner<O> };

export function tensorOf(context: PlanContext, id: ValueId | null | undefined): Tensor | undefined {
  return id ? context.graph.values[id]?.tensor : undefined;
}

export function shapeOf(context: PlanContext, id: ValueId | null | undefined): Shape | null {
  return (id ? context.graph.values[id]?.shape : null) ?? null;
}

export function weight(context: PlanContext, role: string, id: ValueId): StepWeight {
  return { role, id, tensor: context.graph.values[id]!.tensor! };
}

/** A weight that the layer needs and the graph does not have. */
export function made(role: string, tensor: Tensor): StepWeight {
  return { role, id: null, tensor };
}

/** A weight in another shape of the same numbers; an encoding along an axis is undone by it. */
export function reshapedWeight(own: StepWeight, shape: Shape): StepWeight {
  if (own.tensor.shape.join() === shape.join()) return own;
  return { ...own, tensor: withShape(own.tensor, shape) };
}

export function withShape(tensor: Tensor, shape: Shape): Tensor {
  const { encoding } = tensor;
  if (encoding.kind === 'dense' || encoding.axis === null) return { ...tensor, shape };
  return { ...tensor, shape, encoding: { kind: 'dense', storage: 'float32', data: decodeFloats(tensor) } };
}

export function reason(text: string): Plan {
  return { reason: text };
}

export function single(step: Step): Plan {
  return { steps: [step] };
}

/** Appends the steps of an activation to those that compute its input. */
export function activated(steps: readonly Step[], activation: FusedActivation): Plan {
  const input = steps.length - 1;
  switch (activation) {
    case 'none':
      return { steps };
    case 'relu':
      return { steps: [...steps, { className: 'ReLU', config: {}, inputs: [input], suffix: 'relu' }] };
    case 'relu6':
      return { steps: [...steps, { className: 'ReLU', config: { max_value: 6 }, inputs: [input], suffix: 'relu6' }] };
    case 'relu-n1-to-1':
      return { steps: [...steps, ...clipSteps(input, -1, 1, 'clip')] };
    case 'elu':
    case 'sigmoid':
    case 'tanh':
      return { steps: [...steps, { className: 'Activation', config: { activation }, inputs: [input], suffix: activation }] };
    default: {
      const never: never = activation;
      return never;
    }
  }
}

/** The activation as a layer's own setting, when every Keras has it by that name. */
export function ownActivation(activation: FusedActivation): { readonly name: string; readonly rest: FusedActivation } {
  const isOwn = activation === 'relu' || activation === 'elu' || activation === 'sigmoid' || activation === 'tanh';
  return isOwn ? { name: activation, rest: 'none' } : { name: 'linear', rest: activation };
}

/** clip(x, a, b) = min(max(x − a, 0), b − a) + a: two rescalings around a ReLU, which every Keras has. */
export function clipSteps(input: ValueId | number, minimum: number, maximum: number, suffix: string | undefined): Step[] {
  const start = typeof input === 'number' ? input + 1 : 0;
  const named = (extra: string): string => (suffix ? `${suffix}_${extra}` : extra);
  const relu = { className: 'ReLU', config: { max_value: maximum - minimum } };
  if (minimum === 0) return [{ ...relu, inputs: [input], ...(suffix && { suffix }) }];
  return [
    { className: 'Rescaling', config: { scale: 1, offset: -minimum }, inputs: [input], suffix: named('from') },
    { ...relu, inputs: [start], suffix: named('cut') },
    { className: 'Rescaling', config: { scale: 1, offset: minimum }, inputs: [start + 1], ...(suffix && { suffix }) },
  ];
}
