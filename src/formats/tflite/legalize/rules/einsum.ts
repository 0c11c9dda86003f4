/**
 * Sums of products in Einstein's notation: each operand's lone labels are summed, the rest sorted into batch, own and shared ones by a
 * transpose and a reshape, and one matrix product taken for each further operand. Where the second is a constant without batch
 * labels, that product is a dense layer. A label that one operand repeats (a diagonal) is refused.
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import { algebra } from '../algebra';
import type { Build, Rules } from '../rule';

interface Labelled {
  readonly id: ValueId;
  readonly labels: string;
}

export const einsumRules: Rules = {
  einsum: [
    (node, build) => {
      const { operands, output } = parse(node, build);
      const result = operands.slice(1).reduce((value, operand, i) => {
        const later = operands.slice(i + 2).map(({ labels }) => labels).join('') + output;
        return contract(value, operand, later, build);
      }, operands[0]!);
      return [arrange(sumOut(result, output, build), output, build)];
    },
  ],
};

function parse(node: NodeOf<'einsum'>, build: Build): { operands: readonly Labelled[]; output: string } {
  const { equation } = node.attributes;
  const [left, output, ...rest] = equation.replace(/\s/g, '').split('->');
  if (left === undefined || output === undefined || rest.length > 0) return build.refuse(`its equation "${equation}" has no explicit output`);
  const all = left.split(',');
  for (const labels of [...all, output]) {
    if (!/^[A-Za-z]*$/.test(labels) || new Set(labels).size !== labels.length) build.refuse(`its equation "${equation}" repeats a label within "${labels}"`);
  }
  return { operands: all.map((labels, i) => ({ id: node.inputs[i]!, labels })), output };
}

function contract(a: Labelled, b: Labelled, later: string, build: Build): Labelled {
  const { reshape } = algebra(build);
  const left = sumOut(a, b.labels + later, build);
  const right = sumOut(b, a.labels + later, build);
  const isIn = (labels: string) => (label: string) => labels.includes(label);
  const both = [...left.labels].filter(isIn(right.labels));
  const batch = both.filter(isIn(later)).join('');
  const summed = both.filter((label) => !later.includes(label)).join('');
  const leftOnly = [...left.labels].filter((label) => !both.includes(label)).join('');
  const rightOnly = [...right.labels].filter((label) => !both.includes(label)).join('');
  const sizes = new Map([...pairs(right, build), ...pairs(left, build)]);
  const size = (labels: string): number => [...labels].reduce((product, label) => (product < 0 || sizes.get(label)! < 0 ? -1 : product * sizes.get(label)!), 1);
  const each = (labels: string): readonly number[] => [...labels].map((label) => sizes.get(label)!);
  const labels = batch + leftOnly + rightOnly;
  const grid = build.grid();
  if (batch === '' && build.isConstant(right.id)) {
    const rows = reshape(arrange(left, leftOnly + summed, build), [size(leftOnly), size(summed)]);
    const kernel = reshape(arrange(right, summed + rightOnly, build), [size(summed), size(rightOnly)]);
    return { id: reshape(build.op('dense', [rows, kernel], { activation: 'none' }, grid), each(labels)), labels };
  }
  const x = reshape(arrange(left, batch + leftOnly + summed, build), [size(batch), size(leftOnly), size(summed)]);
  const y = reshape(arrange(right, batch + summed + rightOnly, build), [size(batch), size(summed), size(rightOnly)]);
  return { id: reshape(build.op('batch-matmul', [x, y], { transposeA: false, transposeB: false }, grid), each(labels)), labels };
}

function pairs({ id, labels }: Labelled, build: Build): [string, number][] {
  const shape = build.shape(id);
  return [...labels].map((label, i) => [label, shape[i]!]);
}

function sumOut(value: Labelled, keep: string, build: Build): Labelled {
  const axes = [...value.labels].flatMap((label, i) => (keep.includes(label) ? [] : [i]));
  if (axes.length === 0) return value;
  return { id: algebra(build).sum(value.id, axes, false), labels: [...value.labels].filter((label) => keep.includes(label)).join('') };
}

function arrange({ id, labels }: Labelled, order: string, build: Build): ValueId {
  return algebra(build).transpose(id, [...order].map((label) => labels.indexOf(label)));
}
