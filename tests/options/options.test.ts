import { describe, expect, it } from 'vitest';
import { allowedValues, defaultsOf, defineOptions, describeOption, nearestName, parseOptions, valueFromText } from '../../src/options/options';

const record = defineOptions({
  sparsity: { type: 'number', default: 0.5, minimum: 0, maximum: 0.99, label: 'Sparsity', help: 'Share of zeros.' },
  count: { type: 'integer', default: 4, minimum: 1, maximum: 8, label: 'Count', help: 'How many.' },
  keep: { type: 'boolean', default: true, label: 'Keep', help: 'Keeps.' },
  mode: { type: 'choice', default: 'a', choices: [{ value: 'a', label: 'A' }, { value: 'b', label: 'B' }], label: 'Mode', help: 'Which.' },
});

describe('options', () => {
  it('complete what was not given', () => {
    expect(parseOptions(record, { count: 2 }, 'test')).toEqual({ sparsity: 0.5, count: 2, keep: true, mode: 'a' });
    expect(defaultsOf(record)).toEqual({ sparsity: 0.5, count: 4, keep: true, mode: 'a' });
  });

  it.each([
    [{ sparsity: 1 }, 'test: sparsity is 1; allowed: 0…0.99.'],
    [{ count: 2.5 }, 'test: count is 2.5; allowed: 1…8.'],
    [{ keep: 'yes' }, 'test: keep is "yes"; allowed: true, false.'],
    [{ mode: 'c' }, 'test: mode is "c"; allowed: a, b.'],
    [{ sparsity: Number.NaN }, 'allowed: 0…0.99.'],
  ])('refuse %j and say what is allowed', (given, message) => {
    expect(() => parseOptions(record, given, 'test')).toThrow(message);
  });

  it('refuse an unknown name and offer the nearest', () => {
    expect(() => parseOptions(record, { sparsty: 0.1 }, 'test')).toThrow('Did you mean "sparsity"?');
    expect(() => parseOptions(record, JSON.parse('{"__proto__": 1}') as Record<string, unknown>, 'test')).toThrow('has no option');
    expect(nearestName('zzzzzzz', ['sparsity'])).toBeUndefined();
  });

  it('refuse a default outside its own range', () => {
    expect(() => defineOptions({ x: { type: 'integer', default: 9, minimum: 0, maximum: 8, label: 'X', help: 'X.' } })).toThrow('x is 9');
  });

  it('read values from the text of a flag', () => {
    expect(valueFromText(record.sparsity, '75%', 'sparsity')).toBe(0.75);
    expect(valueFromText(record.count, '3', 'count')).toBe(3);
    expect(valueFromText(record.keep, 'no', 'keep')).toBe(false);
    expect(valueFromText(record.mode, 'b', 'mode')).toBe('b');
    expect(() => valueFromText(record.count, '', 'count')).toThrow('allowed');
    expect(() => valueFromText(record.keep, 'maybe', 'keep')).toThrow('maybe');
  });

  it('describe themselves in a line', () => {
    expect(describeOption('count', record.count)).toBe('count=4 (1…8): How many.');
    expect(allowedValues(record.mode)).toBe('a, b');
  });
});
