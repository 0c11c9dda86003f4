import { describe, expect, it } from 'vitest';
import { makeStep } from '../../src/passes/recipe';
import type { Recipe } from '../../src/passes/pass';
import { commandLine } from '../../src/state/command-line';
import { readLink, shareLink } from '../../src/state/share-link';

const recipe: Recipe = {
  version: 1,
  steps: [makeStep('prune-magnitude', { sparsity: 0.7 }, [{ match: 'größe*', keep: true }]), makeStep('fold-batch-norm')],
};

describe('a link', () => {
  it('brings the recipe back, whatever letters its rules hold', () => {
    const link = shareLink('https://example.org/whittle/#old', recipe, { kind: 'files' });
    expect(link).toMatch(/^https:\/\/example\.org\/whittle\/#recipe=[\w-]+$/);
    expect(readLink(new URL(link).hash)).toEqual({ recipe, source: null });
  });

  it('names a model that others can get at too', () => {
    const url = 'https://example.org/model.json?v=1&w=2';
    expect(readLink(new URL(shareLink('https://a.b/', recipe, { kind: 'url', url })).hash).source).toEqual({ kind: 'url', url });
    expect(readLink(new URL(shareLink('https://a.b/', recipe, { kind: 'sample', id: 'x' })).hash).source).toEqual({ kind: 'sample', id: 'x' });
  });

  it('without anything in it says nothing', () => {
    expect(readLink('')).toEqual({ recipe: null, source: null });
  });

  it('with a broken recipe is refused', () => {
    expect(() => readLink('#recipe=e30')).toThrow(/version/);
    expect(() => readLink('#recipe=%%%')).toThrow(/recipe in this link/);
  });
});

describe('the command line', () => {
  it('names passes with what differs from their defaults', () => {
    const plain: Recipe = { version: 1, steps: [makeStep('fold-batch-norm'), makeStep('prune-magnitude', { sparsity: 0.7 })] };
    expect(commandLine('my model.keras', plain, 'keras')).toBe(
      "npm run whittle -- optimize 'my model.keras' --pass fold-batch-norm --pass prune-magnitude:sparsity=0.7 --format keras --out 'my model-small.keras'",
    );
  });

  it('asks for data where a pass calibrates', () => {
    expect(commandLine('m.keras', { version: 1, steps: [makeStep('quantize-integer')] }, 'tflite')).toBe(
      'npm run whittle -- optimize m.keras --pass quantize-integer --data data.npz --format tflite --out m-small.tflite',
    );
  });

  it('takes the recipe from its file when it holds rules', () => {
    expect(commandLine('m.h5', recipe, 'tfjs-graph')).toBe(
      'npm run whittle -- optimize m.h5 --recipe recipe.json --format tfjs --out m-small',
    );
  });
});
