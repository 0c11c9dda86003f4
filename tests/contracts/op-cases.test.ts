import { describe, expect, it } from 'vitest';
import { opNames } from '../../src/ops/table';
import { numbersOf, opCases } from './op-cases';

describe('the operator cases', () => {
  it.each(opNames)('hold a case of %s', (op) => {
    expect(opCases.filter((opCase) => opCase.op === op).length).toBeGreaterThan(0);
  });

  it('name each case of an operator once', () => {
    const names = opCases.map(({ op, name }) => `${op}: ${name}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('give as many numbers as the shape of an input has places', () => {
    const wrong = opCases.flatMap((opCase) =>
      opCase.inputs.flatMap((input, i) => {
        const count = input?.shape.reduce((a, b) => a * b, 1);
        return input && numbersOf(opCase, i).length !== count ? [`${opCase.op}: ${opCase.name}, input ${i}`] : [];
      }),
    );
    expect(wrong).toEqual([]);
  });
});
