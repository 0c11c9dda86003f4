/** The rule of every operator: its own where nets spend their time, the generic one elsewhere; null where there is no gradient. */
import type { Node } from '../../ir/graph';
import type { OpName } from '../../ops/signatures';
import type { TfjsBackendId } from '../../runtime/backend';
import type { Rule, RuleContext, RuleMaker } from './rule';
import { batchNorm } from './rules/batch-norm';
import { conv1d, conv2d, depthwiseConv2d } from './rules/convolution';
import { conv3d } from './rules/convolution-3d';
import { elementwiseRules } from './rules/elementwise';
import { generic } from './rules/generic';
import { dense } from './rules/linear';
import { mean, sum } from './rules/mean';
import { movementRules } from './rules/movement';
import { averagePool, maxPool } from './rules/pooling';
import { shapeRules } from './rules/shape';

const ownRules: Partial<{ readonly [O in OpName]: RuleMaker<O> }> = {
  ...elementwiseRules,
  ...shapeRules,
  ...movementRules,
  conv1d,
  conv2d,
  conv3d,
  'depthwise-conv2d': depthwiseConv2d,
  dense,
  'batch-norm': batchNorm,
  'max-pool': maxPool,
  'average-pool': averagePool,
  mean,
  sum,
};

/** Operators whose results are floats (or may be) and through which there is no gradient. */
const withoutGradient: ReadonlySet<OpName> = new Set([
  'prod', 'cumprod', 'floor-mod', 'floor-div', 'truncate-mod', 'floor', 'ceil', 'round', 'sign', 'top-k', 'gather-nd', 'scatter-nd', 'sparse-to-dense',
  'non-max-suppression', 'category-encode',
]);

/** Whose kernels for the way back are wrong on wasm (and there are no others). */
const wrongOnWasm: ReadonlySet<OpName> = new Set(['transpose-conv3d']);

export function ruleOf(node: Node, context: RuleContext): Rule {
  // The table pairs each op with its own rule; TypeScript cannot follow that through an index.
  const make = ownRules[node.op] as unknown as RuleMaker<OpName> | undefined;
  return make ? make(node as never, context) : generic(node, context);
}

export function hasGradient({ op }: { readonly op: OpName }, backend: TfjsBackendId): boolean {
  return !withoutGradient.has(op) && !(backend === 'wasm' && wrongOnWasm.has(op));
}
