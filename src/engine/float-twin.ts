/**
 * The same model with real numbers at its borders: LiteRT in JavaScript gives and takes no int8 or int16. The twin's inputs and
 * outputs are floats with `quantize` nodes behind and before them; everything between, and every name, is the same.
 */
import type { Graph, Node, Value, ValueId } from '../ir/graph';

/** The very same graph when its borders are floats already. */
export function floatTwin(graph: Graph): Graph {
  const values: Record<ValueId, Value> = { ...graph.values };
  const entering: Node[] = [];
  const leaving: Node[] = [];
  const twins = new Map<ValueId, ValueId>();
  /** `id` without its grid, under a new id and the old name. */
  const floatOf = (id: ValueId, side: string): ValueId => {
    const key = `${side}:${id}`;
    const known = twins.get(key);
    if (known !== undefined) return known;
    const fresh = freshId(values, `${id}#float-${side}`);
    const { quantization: _grid, ...rest } = graph.values[id]!;
    values[fresh] = { ...rest, id: fresh };
    values[id] = { ...graph.values[id]!, name: `${graph.values[id]!.name}/${side}-integers` };
    twins.set(key, fresh);
    const [from, to] = side === 'in' ? [fresh, id] : [id, fresh];
    const name = `${graph.values[id]!.name}/${side === 'in' ? 'quantize' : 'dequantize'}`;
    (side === 'in' ? entering : leaving).push({ id: fresh, name, op: 'quantize', inputs: [from], outputs: [to], attributes: {} });
    return fresh;
  };
  const isInteger = (id: ValueId): boolean => graph.values[id]!.quantization !== undefined;
  const inputs = graph.inputs.map((id) => (isInteger(id) ? floatOf(id, 'in') : id));
  const outputs = graph.outputs.map((id) => (isInteger(id) ? floatOf(id, 'out') : id));
  if (entering.length + leaving.length === 0) return graph;
  return { ...graph, inputs, outputs, values, nodes: [...entering, ...graph.nodes, ...leaving] };
}

function freshId(values: Readonly<Record<ValueId, Value>>, stem: string): ValueId {
  let id = stem;
  for (let count = 2; Object.hasOwn(values, id); count++) id = `${stem}-${count}`;
  return id;
}
