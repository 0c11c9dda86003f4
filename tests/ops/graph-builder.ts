/** Small graphs for tests, written down node by node. */
import type { Graph, Node, Value } from '../../src/ir/graph';
import type { Shape, Tensor } from '../../src/ir/tensor';
import { float32Tensor, int32Tensor } from '../../src/ir/tensor';
import type { DType, OpAttributes, OpName } from '../../src/ops/signatures';

export class GraphBuilder {
  private readonly values: Record<string, Value> = {};
  private readonly nodes: Node[] = [];
  private readonly inputs: string[] = [];

  input(id: string, shape: Shape | null, dtype: DType = 'float32'): string {
    this.values[id] = { id, name: id, dtype, shape };
    this.inputs.push(id);
    return id;
  }

  integers(id: string, shape: Shape, data: readonly number[]): string {
    return this.constant(id, int32Tensor(shape, data));
  }

  /** Zeros: shapes and costs do not look at weights. */
  weight(id: string, shape: Shape): string {
    return this.constant(id, float32Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1))));
  }

  node<O extends OpName>(op: O, attributes: OpAttributes[O], inputs: readonly (string | null)[], outputs: readonly string[]): string {
    for (const id of outputs) this.values[id] = { id, name: id, dtype: 'float32', shape: null };
    this.nodes.push({ id: outputs[0], name: `the ${outputs[0]}`, op, inputs, outputs, attributes } as unknown as Node);
    return outputs[0]!;
  }

  build(...outputs: readonly string[]): Graph {
    const { inputs, nodes, values } = this;
    return { name: 'test', inputs, outputs, inputNames: inputs, outputNames: outputs, nodes, values, source: { format: 'test', producer: '' } };
  }

  private constant(id: string, tensor: Tensor): string {
    this.values[id] = { id, name: id, dtype: tensor.dtype, shape: tensor.shape, tensor };
    return id;
  }
}
