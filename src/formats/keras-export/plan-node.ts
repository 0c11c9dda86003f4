/** One node as Keras layers, or why there are none. */
import type { Node } from '../../ir/graph';
import { elementwisePlans } from './plan-elementwise';
import { linearPlans } from './plan-linear';
import { movementPlans } from './plan-movement';
import { recurrentPlans } from './plan-recurrent';
import { type Plan, type PlanContext, type PlanTable, reason } from './plan';

const planners: PlanTable = { ...linearPlans, ...elementwisePlans, ...movementPlans, ...recurrentPlans };

export function planNode(node: Node, context: PlanContext): Plan {
  const planner = planners[node.op] as ((node: Node, context: PlanContext) => Plan) | undefined;
  return planner ? planner(node, context) : reason('is an operation for which Keras has no layer');
}
