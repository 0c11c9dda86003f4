/** Sorts the elements of a tensor into the groups that share a scale or a codebook. */

/** The values of each group, in order, as views on one array. */
export function groupValues(values: Float32Array, groups: number, groupOf: (index: number) => number): Float64Array[] {
  if (groups === 1) return [Float64Array.from(values)];
  const starts = new Uint32Array(groups + 1);
  for (let i = 0; i < values.length; i++) starts[groupOf(i) + 1]!++;
  for (let g = 0; g < groups; g++) starts[g + 1]! += starts[g]!;
  const next = starts.slice();
  const sorted = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) sorted[next[groupOf(i)]!++] = values[i]!;
  return Array.from({ length: groups }, (_, g) => sorted.subarray(starts[g]!, starts[g + 1]!));
}
