import { describe, expect, it } from 'vitest';
import type { NodeCost } from '../../src/measure/types';
import { defaultVariants } from '../../src/search/variants';
import { levelOf } from '../../src/state/sensitivity-heat';
import { layerRows, sortedRows } from '../../src/ui/drawer/layer-rows';
import { zhRecords } from '../../src/ui/i18n/zh-records';
import { natsText } from '../../src/ui/sensitivity/nats-text';
import { strengthText } from '../../src/ui/sensitivity/strength-text';

const english = (_key: string, text: string): string => text;

describe('nats in a table', () => {
  it('have two digits, and none where they would say nothing', () => {
    expect([0, 3e-7, 0.000123, 0.0456, 0.5, 2.345, 12.3, Number.POSITIVE_INFINITY].map(natsText)).toEqual(['0', '<0.0001', '0.00012', '0.046', '0.50', '2.3', '12', '∞']);
  });
});

describe('a strength in words', () => {
  const words = defaultVariants.map((variant) => strengthText(variant, defaultVariants, english));

  it('says what sets it apart from others of its pass', () => {
    expect(words).toContain('Prune weights 75\u00a0%');
    expect(words).toContain('Factorize 25\u00a0%');
    expect(words).toContain('Cluster weights 16');
    expect(words).toContain('Quantize weights int8');
  });

  it('is another one for every strength, in both languages', () => {
    const chinese = defaultVariants.map((variant) => strengthText(variant, defaultVariants, (key, text) => zhRecords[key as keyof typeof zhRecords] ?? text));
    expect(new Set(words).size).toBe(defaultVariants.length);
    expect(new Set(chinese).size).toBe(defaultVariants.length);
    expect(chinese.every((word) => /[\u4e00-\u9fff]/.test(word))).toBe(true);
  });
});

describe('layers in the order of their heat', () => {
  const node = (name: string): NodeCost => ({ node: name, op: 'conv2d', outputShape: [1], parameters: 1, nbytes: 4, macs: 1, activationBytes: 4, sparsity: 0, bits: 32 });
  const cost = { parameters: 3, nbytes: 12, macs: 3, peakActivationBytes: 4, nodes: ['a', 'b', 'c'].map(node) };
  const heat = new Map([['a', 0.2], ['c', 0.3]].map(([name, kl]) => [String(name), { kl: Number(kl), level: levelOf(Number(kl)) }]));
  const order = (descending: boolean): string[] => sortedRows(layerRows(cost, cost, true), { column: 'sensitivity', descending }, heat).map(({ name }) => name);

  it('put those that were not measured behind those that bear everything', () => {
    expect(order(true)).toEqual(['c', 'a', 'b']);
    expect(order(false)).toEqual(['b', 'a', 'c']);
  });
});
