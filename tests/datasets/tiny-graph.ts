/** Graphs of a few nodes, for questions about inputs. */
import type { Graph, Node, Value } from '../../src/ir/graph';
import { float32Tensor } from '../../src/ir/tensor';
import type { DType } from '../../src/ops/signatures';

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * Inputs by name with their shapes; constants by name with their numbers, or with a shape alone for a table of zeros. Node i
 * makes the value `v<i>`; the last one is the output.
 */
export function tinyGraph(
  inputs: Readonly<Record<string, { shape: readonly number[] | null; dtype?: DType }>>,
  constants: Readonly<Record<string, readonly number[] | { shape: readonly number[] }>>,
  nodes: readonly TinyNode[],
): Graph {
  const values: Record<string, Value> = {};
  for (const [id, { shape, dtype }] of Object.entries(inputs)) values[id] = { id, name: id, dtype: dtype ?? 'float32', shape };
  for (const [id, numbers] of Object.entries(constants)) {
    const shape = 'shape' in numbers ? numbers.shape : [numbers.length];
    const size = shape.reduce((product, one) => product * one, 1);
    const tensor = float32Tensor(shape, 'shape' in numbers ? new Float32Array(size) : numbers);
    values[id] = { id, name: id, dtype: 'float32', shape, tensor };
  }
  for (const i of nodes.keys()) values[`v${i}`] = { id: `v${i}`, name: `v${i}`, dtype: 'float32', shape: null };
  const names = Object.keys(inputs);
  return {
    name: 'tiny',
    inputs: names,
    inputNames: names,
    outputs: [nodes.length > 0 ? `v${nodes.length - 1}` : names[0]!],
    outputNames: ['y'],
    nodes: nodes.map(({ op, inputs: read, attributes }, i) => ({ id: `n${i}`, name: `n${i}`, op, inputs: read, outputs: [`v${i}`], attributes: attributes ?? {} }) as unknown as Node),
    values,
    source: { format: 'keras', producer: '' },
  };
}
