/** The graph of one node that an operator's case stands for. */
import type { Graph, Node, Value } from '../../src/ir/graph';
import type { Shape, Tensor } from '../../src/ir/tensor';
import { float32Tensor, int32Tensor } from '../../src/ir/tensor';
import { definitionOf } from '../../src/ops/table';
import type { CaseInput, OpCase } from './cases/op-case';
import { numbersOf } from './cases/op-case';

/** `shapeOf` may change the shapes of the graph inputs; `allConstant` leaves no input. */
export function graphOfCase(opCase: OpCase, shapeOf: (shape: Shape) => Shape | null = (shape) => shape, allConstant = false): Graph {
  const values: Record<string, Value> = {};
  const inputs = opCase.inputs.map((input, i) => {
    if (!input) return null;
    const id = `x${i}`;
    values[id] = input.constant || allConstant
      ? { id, name: id, dtype: input.dtype, shape: input.shape, tensor: tensorOf(input, numbersOf(opCase, i)) }
      : { id, name: id, dtype: input.dtype, shape: shapeOf(input.shape) };
    return id;
  });
  const count = opCase.outputs ?? definitionOf<unknown>(opCase.op).outputCount(opCase.attributes, inputs.length)!;
  const outputs = Array.from({ length: count }, (_, i) => `y${i}`);
  for (const id of outputs) values[id] = { id, name: id, dtype: 'float32', shape: null };
  const node = { id: 'node', name: opCase.name, op: opCase.op, inputs, outputs, attributes: opCase.attributes } as Node;
  const graphInputs = inputs.filter((id): id is string => id !== null && !values[id]!.tensor);
  return {
    name: opCase.op,
    inputs: graphInputs,
    outputs,
    inputNames: graphInputs,
    outputNames: outputs,
    nodes: [node],
    values,
    source: { format: 'test', producer: '' },
  };
}

function tensorOf(input: CaseInput, numbers: readonly number[]): Tensor {
  if (input.dtype === 'bool') {
    return { dtype: 'bool', shape: input.shape, encoding: { kind: 'dense', storage: 'bool', data: Uint8Array.from(numbers) } };
  }
  return input.dtype === 'int32' ? int32Tensor(input.shape, numbers) : float32Tensor(input.shape, numbers);
}
