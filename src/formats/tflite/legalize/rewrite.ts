/**
 * Applies rules to every node of a graph, and to the nodes that they make, until none is left to apply. Types and the contents of
 * small values are worked out on the way; what only computes known numbers becomes a constant.
 */
import type { Graph, Node, NodeOf, Value, ValueId } from '../../../ir/graph';
import type { Quantization } from '../../../ir/quantization';
import { sameGrid } from '../../../ir/quantization';
import type { Tensor } from '../../../ir/tensor';
import { float32Tensor, int32Tensor } from '../../../ir/tensor';
import { dropUnusedValues } from '../../../ir/edit';
import { usedValues } from '../../../ir/walk';
import type { Diagnostic } from '../../../lib/diagnostics';
import { warning } from '../../../lib/diagnostics';
import { WhittleError } from '../../../lib/errors';
import type { Contents } from '../../../ops/definition';
import { inferNode, inferTypes } from '../../../ops/infer-shapes';
import type { DType, OpAttributes, OpName } from '../../../ops/signatures';
import { reasonAgainst } from './legal';
import { keepsGrid } from './movement-ops';
import type { Build, Rule, Rules } from './rule';

/** Rules that make each other's operators would go on for ever. Far above what the longest chain needs. */
const DEEPEST_REWRITE = 32;

export function rewrite(graph: Graph, rules: Rules): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
  const rewriter = new Rewriter(graph, rules);
  for (const node of graph.nodes) rewriter.add(node);
  return { graph: rewriter.done(), diagnostics: rewriter.diagnostics };
}

class Rewriter {
  readonly diagnostics: Diagnostic[] = [];
  private readonly nodes: Node[] = [];
  private readonly values: Record<ValueId, Value> = {};
  private readonly contents: Map<ValueId, Contents>;
  /** What stands for a value of the old graph. */
  private readonly standIns = new Map<ValueId, ValueId>();
  private readonly made = new Map<string, ValueId>();
  private readonly used: ReadonlySet<ValueId>;
  private additions = 0;

  constructor(private readonly graph: Graph, private readonly rules: Rules) {
    const still = inferTypes({ ...graph, nodes: [] });
    this.contents = new Map(still.contents);
    Object.assign(this.values, still.graph.values);
    const readers = usedValues({ ...graph, nodes: graph.nodes.map((node) => ({ ...node, outputs: [] })) as unknown as readonly Node[] });
    this.used = readers;
  }

  add(original: Node): void {
    const node = { ...original, inputs: original.inputs.map((id) => (id === null ? null : this.follow(id))) } as Node;
    this.place(node, node, 0);
  }

  done(): Graph {
    const { graph } = this;
    const outputs = this.ownOutputs();
    const names = this.finalNames();
    const rename = (id: ValueId): ValueId => names.get(id) ?? id;
    const values: Record<ValueId, Value> = {};
    for (const value of Object.values(this.values)) {
      if (this.standIns.has(value.id)) continue;
      const id = rename(value.id);
      values[id] = id === value.id ? value : { ...this.graph.values[id]!, dtype: value.dtype, shape: value.shape };
    }
    const nodes = this.neededNodes(outputs).map(
      (node) => ({ ...node, inputs: node.inputs.map((id) => (id === null ? null : rename(id))), outputs: node.outputs.map(rename) }) as Node,
    );
    return dropUnusedValues({ ...graph, outputs: outputs.map(rename), nodes, values });
  }

  /** An output that is an input, a constant or another output becomes a value of its own. */
  private ownOutputs(): readonly ValueId[] {
    const taken = new Set<ValueId>(this.graph.inputs);
    return this.graph.outputs.map((output) => {
      const source = this.follow(output);
      const value = this.values[source]!;
      if (!taken.has(source) && !value.tensor) {
        taken.add(source);
        return source;
      }
      const copy = this.fresh(`${this.graph.values[output]!.name}/copy`, value.quantization);
      this.values[copy] = { ...this.values[copy]!, dtype: value.dtype, shape: value.shape };
      this.nodes.push({ id: copy, name: copy, op: 'reshape', inputs: [source], outputs: [copy], attributes: { shape: value.shape ?? [-1] } } as Node);
      return copy;
    });
  }

  /** What only served numbers that are constants now, or outputs that nothing reads, is left out. */
  private neededNodes(outputs: readonly ValueId[]): readonly Node[] {
    const needed = new Set<ValueId>(outputs);
    return this.nodes
      .toReversed()
      .filter((node) => {
        if (!node.outputs.some((id) => needed.has(id))) return false;
        for (const id of node.inputs) if (id !== null) needed.add(id);
        return true;
      })
      .toReversed();
  }

  /** A value made for an old one takes its id and name, so that what people know keeps its name. */
  private finalNames(): ReadonlyMap<ValueId, ValueId> {
    const names = new Map<ValueId, ValueId>();
    for (const old of this.standIns.keys()) {
      if (!Object.hasOwn(this.graph.values, old)) continue;
      const id = this.follow(old);
      if (!Object.hasOwn(this.graph.values, id) && !names.has(id) && !this.values[id]!.tensor) names.set(id, old);
    }
    return names;
  }

  private follow(id: ValueId): ValueId {
    let target = id;
    for (let next = this.standIns.get(target); next !== undefined; next = this.standIns.get(target)) target = next;
    return target;
  }

  /** Adds a node, or what the rules make of it. `origin` is the node of the old graph that it comes from. */
  private place(node: Node, origin: Node, depth: number, isFinished = false): void {
    if (depth > DEEPEST_REWRITE) throw refusal(origin, `its rewriting into builtins does not end (at ${node.op})`);
    inferNode(node, { ...this.graph, values: this.values }, this.values, this.contents);
    if (this.fold(node)) return;
    const build = this.buildFor(node, origin, depth);
    for (const rule of (isFinished ? [] : (this.rules[node.op] ?? [])) as readonly Rule<OpName>[]) {
      const results = rule(node as NodeOf<OpName>, build);
      if (!results) continue;
      this.replace(node, results, origin);
      return;
    }
    this.check(node, origin, depth);
    this.nodes.push(node);
  }

  private replace(node: Node, results: readonly ValueId[], origin: Node): void {
    node.outputs.forEach((output, i) => {
      const result = results[i];
      if (result === undefined) {
        if (this.used.has(output)) throw refusal(origin, `its output ${i} is read, and the builtins that stand for it do not give it`);
        return;
      }
      const [before, after] = [this.values[output]!, this.values[result]!];
      if (!after.tensor && !sameGrid(before.quantization, after.quantization)) {
        throw refusal(origin, `it stands on an integer grid, and there are no integer builtins for it; leave this layer in floats (quantize-integer with a rule that skips it)`);
      }
      this.standIns.set(output, result);
    });
  }

  /** What only computes known numbers becomes a constant. */
  private fold(node: Node): boolean {
    const known = node.outputs.map((id) => this.contents.get(id));
    if (known.some((numbers) => !numbers || numbers.includes(null))) return false;
    if (node.op === 'quantize' || node.outputs.some((id) => this.values[id]!.quantization)) return false;
    node.outputs.forEach((id, i) => {
      const value = this.values[id]!;
      const constant = this.fresh(value.name);
      this.values[constant] = { ...this.values[constant]!, dtype: value.dtype, shape: value.shape, tensor: tensorOf(value, known[i] as readonly number[]) };
      this.contents.set(constant, known[i]!);
      this.standIns.set(id, constant);
    });
    return true;
  }

  private check(node: Node, origin: Node, depth: number): void {
    const reason = reasonAgainst(node, (id) => this.values[id]!);
    if (reason) throw refusal(origin, depth === 0 ? reason : `${reason} (as ${node.op})`);
    if (depth > 0 && this.mixesGrids(node)) {
      throw refusal(origin, `it stands on an integer grid, and "${node.op}", which it is made of, would not; leave this layer in floats`);
    }
  }

  private mixesGrids(node: Node): boolean {
    if (node.op === 'quantize') return false;
    const onGrid = (id: ValueId): boolean => {
      const { tensor, quantization } = this.values[id]!;
      return tensor ? tensor.encoding.kind === 'affine' : quantization !== undefined;
    };
    const outputs = node.outputs.filter((id) => this.values[id]!.dtype === 'float32');
    const inputs = node.inputs.filter((id): id is ValueId => id !== null && this.values[id]!.dtype === 'float32');
    if (outputs.some(onGrid) || inputs.some((id) => !this.values[id]!.tensor && onGrid(id))) return ![...inputs, ...outputs].every(onGrid);
    return false;
  }

  private buildFor(node: Node, origin: Node, depth: number): Build {
    const place = (op: OpName, inputs: readonly (ValueId | null)[], attributes: unknown, count: number, grid?: Quantization, isFinished = false): readonly ValueId[] => {
      const kept = grid ?? (keepsGrid(op) ? this.values[inputs[0] ?? '']?.quantization : undefined);
      const stem = `${this.graph.values[origin.outputs[0]!]?.name ?? origin.name}/${op}`;
      const outputs = Array.from({ length: count }, () => this.fresh(stem, kept));
      const id = `${origin.id}/${op}#${++this.additions}`;
      const added = { id, name: `${origin.name}/${op}`, op, inputs, outputs, attributes } as unknown as Node;
      this.place({ ...added, inputs: inputs.map((input) => (input === null ? null : this.follow(input))) } as Node, origin, depth + 1, isFinished);
      return outputs.map((output) => this.follow(output));
    };
    return {
      value: (id) => this.values[this.follow(id)]!,
      shape: (id) => {
        const { shape } = this.values[this.follow(id)]!;
        if (!shape?.every((size, axis) => axis === 0 || size >= 0)) throw refusal(origin, 'its shapes are not known before it runs');
        return shape;
      },
      contents: (id) => this.contents.get(this.follow(id)) ?? null,
      isConstant: (id): id is ValueId => id !== null && id !== undefined && this.values[this.follow(id)]!.tensor !== undefined,
      isUsed: (output) => node.outputs[output] !== undefined && (depth > 0 || this.used.has(node.outputs[output])),
      op: <O extends OpName>(op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O], grid?: Quantization) => place(op, inputs, attributes, 1, grid)[0]!,
      ops: <O extends OpName>(op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O], count: number, grid?: Quantization) =>
        place(op, inputs, attributes, count, grid),
      builtin: <O extends OpName>(op: O, inputs: readonly (ValueId | null)[], attributes: OpAttributes[O]) => place(op, inputs, attributes, 1, undefined, true)[0]!,
      constant: (from, key, make) => {
        const source = from === null ? origin.id : this.follow(from);
        const stem = from === null ? (this.graph.values[origin.outputs[0]!]?.name ?? origin.name) : this.values[source]!.name;
        return this.remember(`${source}\n${key}`, `${stem}/${key}`, make);
      },
      scalar: (value, dtype = 'float32') => this.remember(`scalar\n${dtype}\n${Object.is(value, -0) ? '-0' : value}`, `${dtype}/${value}`, () => scalarTensor(value, dtype)),
      grid: (output = 0) => this.values[node.outputs[output] ?? '']?.quantization,
      warn: (message) => void this.diagnostics.push(warning(message, origin.name)),
      refuse: (reason) => {
        throw refusal(origin, reason);
      },
    };
  }

  private remember(key: string, name: string, make: () => Tensor): ValueId {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const tensor = make();
    const id = this.fresh(name);
    const value: Value = { ...this.values[id]!, dtype: tensor.dtype, shape: tensor.shape, tensor };
    this.values[id] = value;
    const still = inferTypes({ ...this.graph, inputs: [], nodes: [], values: { [id]: value } });
    const numbers = still.contents.get(id);
    if (numbers) this.contents.set(id, numbers);
    this.made.set(key, id);
    return id;
  }

  private fresh(stem: string, quantization?: Quantization): ValueId {
    let id: ValueId;
    do id = `${stem}#${++this.additions}`;
    while (Object.hasOwn(this.values, id));
    this.values[id] = { id, name: id, dtype: 'float32', shape: null, ...(quantization ? { quantization } : {}) };
    return id;
  }
}

function refusal(node: Node, reason: string): WhittleError {
  return new WhittleError('ExportError', `Node "${node.name}" (${node.op}) cannot be written to TensorFlow Lite: ${reason}.`);
}

function scalarTensor(value: number, dtype: Exclude<DType, 'string'>): Tensor {
  return tensorOf({ dtype, shape: [] }, [value]);
}

function tensorOf({ dtype, shape }: Pick<Value, 'dtype' | 'shape'>, numbers: readonly number[]): Tensor {
  const known = shape ?? [];
  if (dtype === 'bool') return { dtype, shape: known, encoding: { kind: 'dense', storage: 'bool', data: Uint8Array.from(numbers) } };
  return dtype === 'int32' ? int32Tensor(known, numbers) : float32Tensor(known, numbers);
}
