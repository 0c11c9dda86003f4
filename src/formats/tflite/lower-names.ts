/** The names of inputs and outputs: those of the signature that servers call, or else the tensors' own. */
import type { FlatModel, FlatSignature } from './flat-model';
import { DEFAULT_SIGNATURE } from './metadata-names';

export function namesOfEnds(model: FlatModel): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } {
  const subgraph = model.subgraphs[0]!;
  const signature = signatureOf(model);
  const named = (indices: readonly number[], listed: readonly { readonly name: string; readonly tensor: number }[], fallback: string): readonly string[] => {
    const left = [...listed];
    const names = indices.map((index, k) => {
      // One tensor may be listed under several names.
      const at = left.findIndex((entry) => entry.tensor === index);
      const name = at < 0 ? undefined : left.splice(at, 1)[0]!.name;
      return name || subgraph.tensors[index]?.name || `${fallback}_${k}`;
    });
    return unique(names);
  };
  return {
    inputs: named(subgraph.inputs, signature?.inputs ?? [], 'input'),
    outputs: named(subgraph.outputs, signature?.outputs ?? [], 'output'),
  };
}

/** The one that servers call, of the first graph's. */
export function signatureOf({ signatures }: FlatModel): FlatSignature | undefined {
  const own = signatures.filter((signature) => signature.subgraph === 0);
  return own.find((one) => one.key === DEFAULT_SIGNATURE) ?? own[0];
}

function unique(names: readonly string[]): readonly string[] {
  const fresh = nameMaker();
  return names.map((name) => fresh(name));
}

/** Gives each name once: as it is, or with a number behind it. */
export function nameMaker(): (stem: string) => string {
  const used = new Set<string>();
  // Where to go on counting, so that many equal names do not take long.
  const counts = new Map<string, number>();
  return (stem) => {
    let name = stem;
    let count = counts.get(stem) ?? 1;
    while (used.has(name)) name = `${stem}_${++count}`;
    counts.set(stem, count);
    used.add(name);
    return name;
  };
}
