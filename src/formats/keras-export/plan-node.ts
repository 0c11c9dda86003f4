/** One node as Keras layers, or why there are none. */
import type { Node } from '../../ir/graph';
import { elementwisePlans } from './plan-elementwise';
import { linearPlans } from './plan-linear';
import { movementPlans } from './plan-movement';
import { planOperation } from './plan-operation';
import { recurrentPlans } from './plan-recurrent';
import { type Plan, type PlanContext, type PlanTable, reason } from './plan';

const planners: PlanTable = { ...linearPlans, ...elementwisePlans, ...movementPlans, ...recurrentPlans };

export function planNode(node: Node, context: PlanContext): Plan {
  const planner = planners[node.op] as ((node: Node, context: PlanContext) => Plan) | undefined;
  const plan = planner ? planner(node, context) : reason('is an operation for which Keras has no layer');
  if (!('reason' in plan) || !context.target.hasOperations) return plan;
  const operation = planOperation(node, context);
  return 'reason' in operation ? plan : operation;
}
