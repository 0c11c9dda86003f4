import { describe, expect, it } from 'vitest';
import { paretoFront } from '../../src/state/pareto';

const point = (id: string, x: number, y: number) => ({ id, x, y });
const ids = (points: readonly { id: string }[]) => points.map((each) => each.id).join('');

describe('the Pareto front', () => {
  it('holds what nothing beats, from the smallest on', () => {
    const points = [point('a', 10, 0.9), point('b', 5, 0.8), point('c', 7, 0.7), point('d', 1, 0.2), point('e', 12, 0.9)];
    expect(ids(paretoFront(points))).toBe('dba');
  });

  it('agrees with the definition on every point of a grid', () => {
    const points = Array.from({ length: 60 }, (_, index) => point(String(index), (index * 7) % 13, (index * 11) % 17));
    const front = new Set(paretoFront(points).map(({ x, y }) => `${x} ${y}`));
    for (const own of points) {
      const isBeaten = points.some((other) => other.x <= own.x && other.y >= own.y && (other.x < own.x || other.y > own.y));
      expect(front.has(`${own.x} ${own.y}`)).toBe(!isBeaten);
    }
  });

  it('keeps the first of two at the same place', () => {
    expect(ids(paretoFront([point('a', 1, 1), point('b', 1, 1)]))).toBe('a');
  });

  it('leaves out what is not a number', () => {
    expect(ids(paretoFront([point('a', Number.NaN, 1), point('b', 1, 1)]))).toBe('b');
  });
});
