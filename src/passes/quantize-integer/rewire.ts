/**
 * Gives the values of integer nodes their grids, and puts a `quantize` node wherever a value is wanted in another form than it is made in:
 * as floats or integers, or on another grid. Inputs and outputs of the graph keep their names; `inputOutput` says their form.
 */
import { dropUnusedValues } from '../../ir/edit';
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import { floatActivations } from '../../ops/integer-rules';

export interface Grids {
  /** The grid of a value's group. */
  of(id: ValueId): Quantization;
  /** The grid on which an integer node reads a value. */
  readBy(node: Node, id: ValueId): Quantization;
  /** The form of a graph's input or output; undefined: floats. */
  outside(id: ValueId): Quantization | undefined;
}

export function placeGrids(graph: Graph, integer: ReadonlySet<string>, grids: Grids): Graph {
  const values: Record<ValueId, Value> = { ...graph.values };
  const nodes: Node[] = [];
  // Of each value: the ids under which it is found in each form.
  const forms = new Map<ValueId, Map<string, ValueId>>();

  const fresh = (id: ValueId, form: string): ValueId => {
    let name = `${id}/${form}`;
    for (let i = 2; Object.hasOwn(values, name); i++) name = `${id}/${form}${i}`;
    return name;
  };
  const describe = (id: ValueId, like: ValueId, grid: Quantization | undefined): void => {
    const { quantization: _, ...rest } = values[like]!;
    values[id] = { ...rest, id, name: id === like ? rest.name : id, ...(grid ? { quantization: grid } : {}) };
  };
  const convert = (from: ValueId, to: ValueId): void => {
    nodes.push({ id: `${to}/quantize`, name: `${values[to]!.name}/quantize`, op: 'quantize', inputs: [from], outputs: [to], attributes: {} });
  };
  const inForm = (id: ValueId, grid: Quantization | undefined): ValueId => {
    const known = forms.get(id)!;
    const key = keyOf(grid);
    let found = known.get(key);
    if (found === undefined) {
      found = fresh(id, grid?.dtype ?? 'float');
      describe(found, id, grid);
      // Floats when there are any: converting them loses least.
      convert(known.get('float') ?? known.values().next().value!, found);
      known.set(key, found);
    }
    return found;
  };

  for (const id of graph.inputs) {
    if (!isFloat(graph, id)) continue;
    const grid = grids.outside(id);
    describe(id, id, grid);
    forms.set(id, new Map([[keyOf(grid), id]]));
  }
  for (const node of graph.nodes) {
    const isInteger = integer.has(node.id);
    const { inputs, outputs } = floatActivations(graph, node);
    const read = new Map(inputs.map((id) => [id, inForm(id, isInteger ? grids.readBy(node, id) : undefined)]));
    const made = new Map<ValueId, ValueId>();
    const conversions: (readonly [ValueId, ValueId])[] = [];
    for (const id of outputs) {
      const grid = isInteger ? grids.of(id) : undefined;
      const wanted = graph.outputs.includes(id) ? grids.outside(id) : grid;
      const own = keyOf(grid) === keyOf(wanted) ? id : fresh(id, grid?.dtype ?? 'float');
      describe(own, id, grid);
      made.set(id, own);
      forms.set(id, new Map([[keyOf(grid), own]]));
      if (own === id) continue;
      describe(id, id, wanted);
      forms.get(id)!.set(keyOf(wanted), id);
      conversions.push([own, id]);
    }
    nodes.push({
      ...node,
      inputs: node.inputs.map((id) => (id === null ? null : (read.get(id) ?? id))),
      outputs: node.outputs.map((id) => made.get(id) ?? id),
    } as Node);
    for (const [from, to] of conversions) convert(from, to);
  }
  return dropUnusedValues({ ...graph, nodes, values });
}

function isFloat(graph: Graph, id: ValueId): boolean {
  return graph.values[id]!.dtype === 'float32' && graph.values[id]!.tensor === undefined;
}

function keyOf(grid: Quantization | undefined): string {
  return grid ? `${grid.dtype} ${grid.scale} ${grid.zeroPoint}` : 'float';
}
