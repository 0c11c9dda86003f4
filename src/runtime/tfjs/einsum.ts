/**
 * Sums of products in Einstein's notation, by transposing, reshaping and one matrix product for each further operand:
 * not every backend has a kernel of its own, and none is faster. An index that an operand repeats (a diagonal) is refused.
 */
import type { Kernel, Tensor } from './kernel';
import { WhittleError } from '../../lib/errors';
import { matMul, reshape, sum, tidy, transpose } from '@tensorflow/tfjs-core';

export const einsum: Kernel<'einsum'> = (node) => {
  const { operands, output } = parse(node.name, node.attributes.equation);
  return (...inputs: Tensor[]) =>
    tidy(() => {
      let value = inputs[0]!;
      let labels = operands[0]!;
      for (let i = 1; i < operands.length; i++) {
        const later = operands.slice(i + 1).join('') + output;
        [value, labels] = contract(value, labels, inputs[i]!, operands[i]!, later);
      }
      const kept = sumOut(value, labels, output);
      return kept.labels === output ? kept.value.clone() : arrange(kept.value, kept.labels, output);
    });
};

function parse(name: string, equation: string): { operands: string[]; output: string } {
  const [left, output, ...rest] = equation.replace(/\s/g, '').split('->');
  if (left === undefined || output === undefined || rest.length > 0) {
    throw new WhittleError('UnsupportedError', `Node ${name}: einsum "${equation}" has no explicit output; write it as "ab,bc->ac".`);
  }
  const operands = left.split(',');
  for (const labels of [...operands, output]) {
    if (!/^[A-Za-z]*$/.test(labels) || new Set(labels).size !== labels.length) {
      throw new WhittleError('UnsupportedError', `Node ${name}: einsum "${equation}" repeats an index within "${labels}" or uses other signs than letters; neither can run.`);
    }
  }
  return { operands, output };
}

/** One product of two operands; indices that neither the output nor a later operand has are summed. */
function contract(a: Tensor, aLabels: string, b: Tensor, bLabels: string, later: string): [Tensor, string] {
  const left = sumOut(a, aLabels, bLabels + later);
  const right = sumOut(b, bLabels, aLabels + later);
  const both = [...left.labels].filter((label) => right.labels.includes(label));
  const batch = both.filter((label) => later.includes(label)).join('');
  const summed = both.filter((label) => !later.includes(label)).join('');
  const leftOnly = [...left.labels].filter((label) => !both.includes(label)).join('');
  const rightOnly = [...right.labels].filter((label) => !both.includes(label)).join('');
  const size = (labels: string) => [...labels].reduce((product, label) => product * dimension(label), 1);
  const dimension = (label: string) => (left.labels.includes(label) ? left.value.shape[left.labels.indexOf(label)]! : right.value.shape[right.labels.indexOf(label)]!);
  const x = reshape(arrange(left.value, left.labels, batch + leftOnly + summed), [size(batch), size(leftOnly), size(summed)]);
  const y = reshape(arrange(right.value, right.labels, batch + summed + rightOnly), [size(batch), size(summed), size(rightOnly)]);
  const labels = batch + leftOnly + rightOnly;
  return [reshape(matMul(x, y), [...labels].map(dimension)), labels];
}

function sumOut(value: Tensor, labels: string, keep: string): { value: Tensor; labels: string } {
  const axes = [...labels].flatMap((label, i) => (keep.includes(label) ? [] : [i]));
  if (axes.length === 0) return { value, labels };
  return { value: sum(value, axes), labels: [...labels].filter((label) => keep.includes(label)).join('') };
}

function arrange(value: Tensor, from: string, to: string): Tensor {
  return from === to ? value : transpose(value, [...to].map((label) => from.indexOf(label)));
}
