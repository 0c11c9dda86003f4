/** Weights that a converter named by their place in a `.keras` file, `layers/<class>[_k]/vars/<i>`, instead of by layer. */
import type { Hdf5 } from '../hdf5';
import { readSavedWeights } from './saved-weights';
import type { ModelTopology } from './topology';
import type { Tensor } from '../../ir/tensor';

export function isVariablePath(weightName: string): boolean {
  return /(^|\/)vars\/\d+$/.test(weightName);
}

/** For each layer's path, indices into `weightNames` in save order: the same walk as through the file they came from. */
export function assignVariablePaths(model: ModelTopology, weightNames: readonly string[]): Map<string, number[]> {
  const children = new Map<string, Set<string>>();
  const indices = new Map<string, number>();
  for (const [index, name] of weightNames.entries()) {
    indices.set(name, index);
    const parts = name.split('/');
    for (let end = 1; end <= parts.length; end++) {
      const parent = parts.slice(0, end - 1).join('/');
      const names = children.get(parent) ?? new Set<string>();
      children.set(parent, names.add(parts[end - 1]!));
    }
  }
  const found = new Map<Tensor, number>();
  const tree: Pick<Hdf5, 'kindOf' | 'namesIn' | 'text' | 'tensor'> = {
    kindOf: (path) => (indices.has(path) ? 'dataset' : children.has(path) ? 'group' : null),
    namesIn: (path) => [...(children.get(path) ?? [])].sort(),
    text: () => null,
    tensor(path) {
      const marker: Tensor = { dtype: 'int32', shape: [0], encoding: { kind: 'dense', storage: 'int32', data: new Int32Array(0) } };
      found.set(marker, indices.get(path)!);
      return marker;
    },
  };
  const walked = readSavedWeights(model, tree);
  return new Map([...walked].map(([path, tensors]) => [path, tensors.map((tensor) => found.get(tensor)!)]));
}
