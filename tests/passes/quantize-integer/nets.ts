/** Small nets and contexts for tests of integer quantization. */
import type { Graph, Node, Value } from '../../../src/ir/graph';
import type { AffineEncoding } from '../../../src/ir/tensor';
import { checkGraph } from '../../../src/ir/check';
import { checkOps } from '../../../src/ops/check';
import { checkQuantization } from '../../../src/ops/check-quantization';
import { parseOptions } from '../../../src/options/options';
import type { CalibrationExamples, PassResult, Rule } from '../../../src/passes/pass';
import { quantizeIntegerOptions } from '../../../src/passes/quantize-integer/meta';
import { quantizeInteger } from '../../../src/passes/quantize-integer/run';
import { resolveRules } from '../../../src/passes/rules';
import { dataContext, randomExamples } from '../examples';

/** Runs the pass and checks that what it made keeps all rules. `examples` undefined: 64 seeded normal ones; null: none. */
export async function quantized(
  graph: Graph,
  given: Readonly<Record<string, unknown>> = {},
  examples?: CalibrationExamples | null,
  rules: readonly Rule[] = [],
): Promise<PassResult> {
  const options = parseOptions(quantizeIntegerOptions, given, 'quantize-integer');
  const context = dataContext(options, graph, examples === undefined ? randomExamples(graph, 64, 5) : examples);
  const result = await quantizeInteger.run(graph, options, { ...context, optionsFor: (name, op) => resolveRules(options, rules, name, op) });
  checkGraph(result.graph, 'quantize-integer');
  checkOps(result.graph);
  checkQuantization(result.graph);
  return result;
}

export const opsOf = (graph: Graph): string[] => graph.nodes.map((node) => node.op);

export function nodeOf(graph: Graph, op: Node['op']): Node {
  return graph.nodes.find((node) => node.op === op)!;
}

export function outputOf(graph: Graph, op: Node['op']): Value {
  return graph.values[nodeOf(graph, op).outputs[0]!]!;
}

export function inputOf(graph: Graph, op: Node['op'], index = 0): Value {
  return graph.values[nodeOf(graph, op).inputs[index]!]!;
}

export function affineOf(value: Value): AffineEncoding {
  const { encoding } = value.tensor!;
  if (encoding.kind !== 'affine') throw new Error(`${value.name} is ${encoding.kind}`);
  return encoding;
}
