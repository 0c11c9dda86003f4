/** A model whose states need not be given: they start from their initial values. */
import type { Graph } from '../ir/graph';
import { initialBatches } from '../ir/states';
import type { Batch, PreparedModel } from '../runtime/backend';

/** The very same model when the graph has no states, which come last among its inputs. */
export function startingStates(model: PreparedModel, graph: Graph): PreparedModel {
  const stateCount = initialBatches(graph, 1).filter(Boolean).length;
  if (stateCount === 0) return model;
  const completed = (inputs: readonly Batch[]): readonly Batch[] => {
    if (inputs.length !== graph.inputs.length - stateCount) return inputs;
    const initial = initialBatches(graph, inputs[0]?.shape[0] ?? 1);
    return [...inputs, ...initial.slice(inputs.length).flatMap((batch) => batch ?? [])];
  };
  return {
    ...model,
    run: (inputs) => model.run(completed(inputs)),
    runWith: (inputs, wanted) => model.runWith(completed(inputs), wanted),
    stepper: (inputs) => model.stepper(completed(inputs)),
  };
}
