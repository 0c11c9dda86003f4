/** TensorFlow's sparse specification of a strided slice, spelled out for every axis of the input. */
import type { OpAttributes } from '../../../ops/signatures';

interface DenseSpec {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
}

/** One entry an input axis; dropped axes keep size 1 and new ones are left out: a reshape gives the shape. */
export function denseSpec(attributes: OpAttributes['strided-slice'], rank: number): DenseSpec {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const [begin, end, strides] = [attributes.begin ?? [], attributes.end ?? [], attributes.strides ?? []];
  const isSet = (mask: number, i: number): boolean => ((mask >> i) & 1) === 1;
  const spec = { begin: [] as number[], end: [] as number[], strides: [] as number[], beginMask: 0, endMask: 0 };
  const addWhole = (): void => {
    spec.beginMask |= 1 << spec.begin.length;
    spec.endMask |= 1 << spec.begin.length;
    spec.begin.push(0);
    spec.end.push(0);
    spec.strides.push(1);
  };
  const axesNamed = begin.filter((_, i) => isSet(ellipsisMask, i) || !isSet(newAxisMask, i)).length - (ellipsisMask === 0 ? 0 : 1);
  begin.forEach((first, i) => {
    if (isSet(ellipsisMask, i)) {
      for (let whole = axesNamed; whole < rank; whole++) addWhole();
      return;
    }
    if (isSet(newAxisMask, i)) return;
    const axis = spec.begin.length;
    if (isSet(shrinkAxisMask, i)) {
      spec.begin.push(first);
      spec.end.push(first + 1);
      // The cell before the end has no end in front of it.
      if (first === -1) spec.endMask |= 1 << axis;
      spec.strides.push(1);
      return;
    }
    if (isSet(beginMask, i)) spec.beginMask |= 1 << axis;
    if (isSet(endMask, i)) spec.endMask |= 1 << axis;
    spec.begin.push(first);
    spec.end.push(end[i]!);
    spec.strides.push(strides[i]!);
  });
  while (spec.begin.length < rank) addWhole();
  return spec;
}
