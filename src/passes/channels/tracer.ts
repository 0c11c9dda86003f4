/**
 * What the rules work with: the atoms along every axis of every value. An axis without labels never changes its size (batch,
 * space, the model's inputs).
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import type { Shape } from '../../ir/tensor';
import type { Contents } from '../../ops/definition';
import { inferTypes } from '../../ops/infer-shapes';
import { forOneExample } from '../../ops/cost';
import { layerNameOf } from '../weight-sites';
import { createAtoms, type Atoms, type Labels } from './atoms';

/** One entry an axis; null: its size never changes. */
export type AxisLabels = readonly (Labels | null)[];

export interface Tracer {
  readonly graph: Graph;
  readonly atoms: Atoms;
  /** Shape for one example; null: the rank is unknown. */
  shapeOf(id: ValueId): Shape | null;
  /** Numbers of a small value that are known whatever the batch. */
  contentsOf(id: ValueId | null | undefined): Contents | null;
  labelsOf(id: ValueId): AxisLabels;
  set(id: ValueId, labels: AxisLabels): void;
  /** Joins two axes index by index; one that never changes holds the other. Gives the labels of what both are. */
  join(a: Labels | null, b: Labels | null, node: Node): Labels | null;
  freeze(labels: Labels | null | undefined, reason: string): void;
  /** Freezes every axis of a value. */
  freezeValue(id: ValueId | null | undefined, reason: string): void;
}

export function createTracer(graph: Graph): Tracer {
  const atoms = createAtoms();
  const concrete = forOneExample(graph);
  const { contents } = inferTypes(graph);
  const known = new Map<ValueId, AxisLabels>();
  const shapeOf = (id: ValueId): Shape | null => concrete.values[id]?.shape ?? null;
  const freeze = (labels: Labels | null | undefined, reason: string): void => labels?.forEach((atom) => atoms.freeze(atom, reason));
  const labelsOf = (id: ValueId): AxisLabels => {
    let labels = known.get(id);
    if (labels) return labels;
    const tensor = graph.values[id]?.tensor;
    // Only weights have channels to give; the numbers of shapes and indices are followed by the rules that read them.
    if (tensor?.dtype !== 'float32') labels = (shapeOf(id) ?? []).map(() => null);
    else labels = tensor.shape.map((size) => (size > 1 ? atoms.fresh(size) : null));
    known.set(id, labels);
    // A block's scale would have to be that of other weights.
    if (tensor?.encoding.kind === 'affine' && tensor.encoding.blockSize !== null) for (const axis of labels) freeze(axis, `"${graph.values[id]!.name}" is quantized in blocks: prune before that`);
    return labels;
  };
  return {
    graph,
    atoms,
    shapeOf,
    contentsOf: (id) => (id ? (contents.get(id) ?? null) : null),
    labelsOf,
    set: (id, labels) => void known.set(id, labels.some((axis) => axis !== null) ? labels : labels.map(() => null)),
    join(a, b, node) {
      if (a && b && a.length === b.length) {
        for (let i = 0; i < a.length; i++) atoms.join(a[i]!, b[i]!);
        return a;
      }
      for (const labels of [a, b]) freeze(labels, `"${layerNameOf(node)}" (${node.op}) joins it with what cannot change`);
      return a ?? b;
    },
    freeze,
    freezeValue: (id, reason) => {
      if (id) for (const axis of labelsOf(id)) freeze(axis, reason);
    },
  };
}
