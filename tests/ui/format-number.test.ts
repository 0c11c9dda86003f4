import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDecibels,
  formatDifference,
  formatExactBytes,
  formatExactMs,
  formatFactor,
  formatJoules,
  formatMs,
  formatPoints,
  formatPointValue,
  formatReduction,
  formatShare,
  significant,
} from '../../src/ui/format-number';

/** Spaces in numbers do not break; here they are written as plain ones. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('numbers as they are printed', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [61_300, '61.3 kB'],
    [971_620, '972 kB'],
    [999_600, '1.00 MB'],
    [1_030_140, '1.03 MB'],
    [3e15, '3.00 PB'],
  ])('%d bytes', (nbytes, text) => expect(plain(formatBytes(nbytes))).toBe(text));

  it.each([
    [1.84, '1.84 ms'],
    [0.0612, '61.2 µs'],
    [0.1, '0.100 ms'],
    [2130, '2.13 s'],
    [0, '0 ms'],
    [Number.NaN, '–'],
  ])('%d ms', (time, text) => expect(plain(formatMs(time))).toBe(text));

  it('prints exact times without padding', () => {
    expect(plain(formatExactMs(0.005))).toBe('5 µs');
    expect(plain(formatExactMs(0.1))).toBe('0.1 ms');
  });

  it('prints changes with a real minus sign and always with a sign', () => {
    expect(plain(formatPoints(-0.0005, 'pt'))).toBe('\u22120.05 pt');
    expect(formatPointValue(0.002)).toBe('+0.20');
    expect(formatPointValue(-0.000_01)).toBe('0.00');
  });

  it('prints shares, reductions and factors', () => {
    expect(plain(formatShare(0.9209))).toBe('92.09 %');
    expect(plain(formatReduction(971_620, 61_300))).toBe('93.7 %');
    expect(plain(formatFactor(3.014))).toBe('3.01 ×');
    expect(formatFactor(Number.POSITIVE_INFINITY)).toBe('–');
  });

  it('prints counts, decibels and small differences', () => {
    expect(plain(formatCount(242_218))).toBe('242 k');
    expect(plain(formatCount(7))).toBe('7');
    expect(plain(formatDecibels(Number.POSITIVE_INFINITY))).toBe('∞ dB');
    expect(formatDifference(3.1e-7)).toBe('3.1e\u22127');
    expect(formatDifference(0)).toBe('0');
    expect(plain(formatExactBytes(971_620, 'bytes'))).toBe('971,620 bytes');
  });

  it('prints energies with two digits, for they are estimates', () => {
    expect(plain(formatJoules(0.000_567))).toBe('570 µJ');
    expect(plain(formatJoules(0.000_999_6))).toBe('1.0 mJ');
    expect(plain(formatJoules(0.0203))).toBe('20 mJ');
    expect(plain(formatJoules(12.34))).toBe('12 J');
    expect(plain(formatJoules(4.2e-8))).toBe('42 nJ');
    expect(formatJoules(Number.NaN)).toBe('–');
  });

  it('keeps three digits at every size', () => {
    expect(significant(1234)).toBe('1234');
    expect(significant(99.96)).toBe('100');
    expect(significant(0.001_234)).toBe('0.00123');
    expect(significant(-5)).toBe('\u22125.00');
  });
});
