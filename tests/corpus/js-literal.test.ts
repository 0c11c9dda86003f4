import { describe, it, expect } from 'vitest';
import { readJsLiteral } from './js-literal';

describe('readJsLiteral', () => {
  it('agrees with JSON.parse on JSON', () => {
    const json = '{"a": [1, -2.5, 1e-3, true, false, null], "b\\"\\u00e9\\n": {"c": []}, "d": {}}';
    expect(readJsLiteral(json, 0)).toEqual(JSON.parse(json));
  });

  it('reads what minifiers write', () => {
    const script = "x.exports={a:!0,b:!1,c:.5,$d_1:'it\\'s \\x41',1:[-.25e2]}";
    expect(readJsLiteral(script, script.indexOf('{'))).toEqual({ a: true, b: false, c: 0.5, $d_1: "it's A", 1: [-25] });
  });

  it('stops at the end of the literal', () => {
    expect(readJsLiteral('m.exports="QUJD"},{}]},{},[1])', 10)).toBe('QUJD');
  });

  it.each([
    ['a call', '{a:f()}', /the word "f"/],
    ['an expression', '{a:!x}', /an expression/],
    ['a string without an end', '"abc', /without an end/],
    ['an object without an end', '{a:1', /no ","/],
    ['a broken escape', '"\\u00zz"', /broken escape/],
    ['too many levels', '['.repeat(200), /more than 100 levels/],
  ])('refuses %s', (_, text, message) => {
    expect(() => readJsLiteral(text, 0)).toThrow(message);
  });

  it('keeps a key named __proto__ as data', () => {
    const value = readJsLiteral('{__proto__:{polluted:!0}}', 0) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
  });
});
