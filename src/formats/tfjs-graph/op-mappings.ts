/** Every TensorFlow op that is read, by name, and the ops that are refused by kind. */
import { convolutionMappings } from './mappings/convolution';
import { elementwiseMappings } from './mappings/elementwise';
import { imageMappings } from './mappings/image';
import { matrixMappings } from './mappings/matrices';
import { passThroughMappings } from './mappings/pass-through';
import { reductionMappings } from './mappings/reduction';
import { shapeMappings } from './mappings/shape';
import type { Mapping, Mappings } from './graph-builder';

/** Inputs and weights: the reader itself sees to them. */
export const SOURCE_OPS: ReadonlySet<string> = new Set(['Placeholder', 'Const']);

export const opMappings: Mappings = {
  ...passThroughMappings,
  ...convolutionMappings,
  ...matrixMappings,
  ...elementwiseMappings,
  ...reductionMappings,
  ...shapeMappings,
  ...imageMappings,
};

export function mappingOf(op: string): Mapping | undefined {
  return Object.hasOwn(opMappings, op) ? opMappings[op] : undefined;
}

/** Loops, branches, lists and tables: their work depends on the data in ways that a fixed graph cannot say. */
export function isControlFlow(op: string): boolean {
  return CONTROL_FLOW.test(op);
}

const CONTROL_FLOW =
  /^(Switch|RefSwitch|Merge|Enter|Exit|NextIteration|LoopCond|If|StatelessIf|While|StatelessWhile|PartitionedCall|StatefulPartitionedCall|Case|StatelessCase|TensorArray.*|TensorList.*|EmptyTensorList|HashTable.*|LookupTable.*|InitializeTable.*)$/;
