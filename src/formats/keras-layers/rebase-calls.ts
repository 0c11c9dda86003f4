/**
 * Node indices in a file count from the layer's first node. For Keras 2 a nested model has a node of its own before it is
 * called, so that its first call is node 1; Keras 3 counts from 0. Where the count does not fit the calls, the other one
 * holds. Afterwards every reference counts calls from 0.
 */
import { WhittleError } from '../../lib/errors';
import { refsIn } from './normalize-arguments';
import { isObject } from '../json';
import { type Call, type Generation, type ModelTopology, TensorRef } from './topology';

export function rebaseCalls(model: ModelTopology, generation: Generation): ModelTopology {
  const refs = [...model.layers.flatMap((layer) => layer.calls.flatMap(refsIn)), ...[...model.inputs, ...model.outputs].map(({ ref }) => ref)];
  const highest = new Map<string, number>();
  const lowest = new Map<string, number>();
  for (const ref of refs) {
    highest.set(ref.layer, Math.max(ref.call, highest.get(ref.layer) ?? 0));
    lowest.set(ref.layer, Math.min(ref.call, lowest.get(ref.layer) ?? Infinity));
  }

  const offsets = new Map<string, number>();
  for (const layer of model.layers) {
    if (!layer.model) continue;
    const count = Math.max(layer.calls.length, 1);
    const expected = generation === 'keras3' ? 0 : 1;
    const last = highest.get(layer.name) ?? expected;
    const first = lowest.get(layer.name) ?? expected;
    const fits = (offset: number): boolean => last - offset < count && first >= offset;
    offsets.set(layer.name, fits(expected) ? expected : 1 - expected);
  }

  const known = new Map(model.layers.map((layer) => [layer.name, Math.max(layer.calls.length, layer.className === 'InputLayer' ? 1 : 0)]));
  const rebase = (ref: TensorRef): TensorRef => {
    const calls = known.get(ref.layer);
    const call = ref.call - (offsets.get(ref.layer) ?? 0);
    if (calls === undefined || call < 0 || call >= calls) {
      const what = calls === undefined ? 'which is not listed' : `which is called ${calls} times`;
      throw new WhittleError('FormatError', `The model "${model.name}" reads call ${call + 1} of the layer "${ref.layer}", ${what}.`);
    }
    return new TensorRef(ref.layer, call, ref.index);
  };
  return {
    ...model,
    layers: model.layers.map((layer) => ({ ...layer, calls: layer.calls.map((call) => rebaseCall(call, rebase)) })),
    inputs: model.inputs.map(({ name, ref }) => ({ name, ref: rebase(ref) })),
    outputs: model.outputs.map(({ name, ref }) => ({ name, ref: rebase(ref) })),
  };
}

function rebaseCall(call: Call, rebase: (ref: TensorRef) => TensorRef): Call {
  const convert = (value: unknown): unknown => {
    if (value instanceof TensorRef) return rebase(value);
    if (Array.isArray(value)) return value.map(convert);
    if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]));
    }
    return value;
  };
  return { args: call.args.map(convert), kwargs: convert(call.kwargs) as Record<string, unknown> };
}

