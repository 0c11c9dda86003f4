/**
 * What is gathered on the examples for one assignment of nodes, in one pass: observations of every activation that makes a range, means
 * of the linear layers' inputs, their second moments for GPTQ, and examples of what softmaxes read.
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import { kernelLayoutOf } from '../../ops/integer-rules';
import type { OptionValues } from '../../options/options';
import { observe, type Observations, type Watch } from '../calibration/observe';
import type { LogitRows } from '../calibration/softmax-range';
import { addKernelRows, createKernelHessian, type KernelHessian } from '../kernel-hessian';
import { isRowNode } from '../linear-rows';
import type { PassContext } from '../pass';
import { collectLogits, type LogitCollector } from './logits';
import type { quantizeIntegerOptions } from './meta';

type Options = OptionValues<typeof quantizeIntegerOptions>;

export interface Gathered {
  readonly observed: Observations;
  readonly hessians: ReadonlyMap<string, KernelHessian>;
  readonly logits: ReadonlyMap<ValueId, LogitRows>;
}

/** Rows of data that GPTQ is given for each input of a layer: fewer fit the examples too closely, more change little. */
const GPTQ_ROWS_PER_INPUT = 4;
/** Fewest rows of each batch, so that narrow layers see enough examples. */
const FEWEST_GPTQ_ROWS = 64;

export async function gather(
  graph: Graph,
  integer: ReadonlySet<string>,
  sources: readonly ValueId[],
  options: Options,
  optionsFor: (node: Node) => Options | null,
  context: PassContext,
): Promise<Gathered> {
  const linear = graph.nodes.filter((node) => integer.has(node.id) && kernelLayoutOf(node));
  const hessians = context.examples ? hessiansOf(graph, linear, optionsFor) : new Map<string, KernelHessian>();
  const logits = logitsOf(graph, integer, options, optionsFor);
  const watches = watchesOf(graph, sources, linear, optionsFor, hessians, logits, options.samples, context);
  const observed = await observe(graph, watches, context, options.samples);
  return { observed, hessians, logits: new Map([...logits].map(([id, collector]) => [id, collector.rows()])) };
}

function hessiansOf(graph: Graph, linear: readonly Node[], optionsFor: (node: Node) => Options | null): Map<string, KernelHessian> {
  const hessians = new Map<string, KernelHessian>();
  for (const node of linear) {
    const { rounding, weights } = optionsFor(node)!;
    const isWanted = rounding === 'gptq' || (rounding === 'auto' && weights === '4' && kernelLayoutOf(node)!.int4);
    if (!isWanted || !isRowNode(graph, node)) continue;
    const hessian = createKernelHessian(node, graph.values[node.inputs[1]!]!.tensor!.shape);
    if (hessian) hessians.set(node.id, hessian);
  }
  return hessians;
}

function logitsOf(graph: Graph, integer: ReadonlySet<string>, { activations }: Options, optionsFor: (node: Node) => Options | null): Map<ValueId, LogitCollector> {
  const isAsked = graph.nodes.some((node) => optionsFor(node)?.calibration === 'auto');
  return isAsked && activations === 'int8' ? collectLogits(graph, integer) : new Map();
}

function watchesOf(
  graph: Graph,
  sources: readonly ValueId[],
  linear: readonly Node[],
  optionsFor: (node: Node) => Options | null,
  hessians: ReadonlyMap<string, KernelHessian>,
  logits: ReadonlyMap<ValueId, LogitCollector>,
  samples: number,
  { seed, examples }: PassContext,
): Watch[] {
  const exampleCount = Math.max(1, Math.min(samples || Infinity, examples?.count ?? 0));
  const readers = new Map<ValueId, Node[]>();
  for (const node of linear) {
    const id = node.inputs[0]!;
    if (optionsFor(node)?.biasCorrection || hessians.has(node.id)) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  return [...new Set([...sources, ...readers.keys(), ...logits.keys()])].map((id) => {
    const takers = (readers.get(id) ?? []).flatMap((node) => {
      const hessian = hessians.get(node.id);
      return hessian && isRowNode(graph, node) ? [{ node, hessian, shape: graph.values[node.inputs[1]!]!.tensor!.shape }] : [];
    });
    const means = readers.has(id);
    const collector = logits.get(id);
    if (takers.length === 0 && !collector) return { id, means };
    return {
      id,
      means,
      take: (batch) => {
        collector?.add(batch);
        const share = batch.shape[0]! / exampleCount;
        for (const { node, hessian, shape } of takers) {
          const mostRows = Math.max(FEWEST_GPTQ_ROWS, Math.ceil(GPTQ_ROWS_PER_INPUT * hessian.layout.rowLength * share));
          addKernelRows(hessian, node, shape, batch, { mostRows, seed });
        }
      },
    };
  });
}
