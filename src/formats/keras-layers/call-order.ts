/** The calls of a model's layers, each after all whose tensors it reads (Kahn 1962). */
import { WhittleError } from '../../lib/errors';
import { refsIn } from './normalize-arguments';
import type { LayerTopology, ModelTopology } from './topology';

export interface OrderedCall {
  readonly layer: LayerTopology;
  readonly call: number;
}

/** FormatError when calls wait for one another in a circle. */
export function callOrder(model: ModelTopology): OrderedCall[] {
  const keyOf = (layer: string, call: number): string => `${call}:${layer}`;
  const given = new Set(model.inputs.map(({ ref }) => keyOf(ref.layer, ref.call)));
  const waiting = new Map<string, number>();
  const readers = new Map<string, string[]>();
  const calls = new Map<string, OrderedCall>();
  for (const layer of model.layers) {
    layer.calls.forEach((call, index) => {
      const key = keyOf(layer.name, index);
      calls.set(key, { layer, call: index });
      const sources = new Set(refsIn(call).map((ref) => keyOf(ref.layer, ref.call)));
      const pending = [...sources].filter((source) => !given.has(source));
      waiting.set(key, pending.length);
      for (const source of pending) {
        const list = readers.get(source);
        if (list) list.push(key);
        else readers.set(source, [key]);
      }
    });
  }
  const ordered: OrderedCall[] = [];
  const ready = [...waiting].filter(([, count]) => count === 0).map(([key]) => key);
  for (let next = 0; next < ready.length; next++) {
    const key = ready[next]!;
    ordered.push(calls.get(key)!);
    for (const reader of readers.get(key) ?? []) {
      const count = waiting.get(reader)! - 1;
      waiting.set(reader, count);
      if (count === 0) ready.push(reader);
    }
  }
  if (ordered.length < calls.size) {
    const stuck = [...waiting].find(([, count]) => count > 0)![0];
    throw new WhittleError(
      'FormatError',
      `The layer "${calls.get(stuck)!.layer.name}" waits for a tensor that nothing before it gives: the layers run in a circle, or an input is missing.`,
    );
  }
  return ordered;
}
