/**
 * Finds the layer of each weight in a flat list, as HDF5 files keep those of a nested model and TensorFlow.js those of all:
 * by the layer's name within the weight's (`block/conv2d/kernel:0`), and where names fail, by Keras's save order.
 */
import { WhittleError } from '../../lib/errors';
import { familyOf } from './layer-table';
import type { LeafLayer } from './leaf-layers';

/** Roles that no optimizer trains; Keras saves them after all trained weights. */
const UNTRAINED = new Set(['moving_mean', 'moving_variance', 'mean', 'variance', 'count']);

/** For each leaf's path, indices into `weightNames` in save order. FormatError when neither names nor numbers fit. */
export function assignWeights(leaves: readonly LeafLayer[], weightNames: readonly string[], where: string): Map<string, number[]> {
  return byName(leaves, weightNames) ?? byOrder(leaves, weightNames, where);
}

/** The last part of a weight's name, without the `:0` of TensorFlow 1 and 2. */
export function roleOf(weightName: string): string {
  return weightName.slice(weightName.lastIndexOf('/') + 1).replace(/:\d+$/, '');
}

function byName(leaves: readonly LeafLayer[], weightNames: readonly string[]): Map<string, number[]> | null {
  const byLayerName = new Map<string, LeafLayer | null>();
  for (const leaf of leaves) {
    for (const name of leaf.names) byLayerName.set(name, byLayerName.has(name) ? null : leaf);
  }
  const assigned = new Map<string, number[]>();
  for (const [index, weightName] of weightNames.entries()) {
    const leaf = leafOf(weightName, byLayerName);
    if (!leaf) return null;
    const indices = assigned.get(leaf.path);
    if (indices) indices.push(index);
    else assigned.set(leaf.path, [index]);
  }
  const isComplete = leaves.every((leaf) => (assigned.get(leaf.path)?.length ?? 0) >= rolesOf(leaf).length);
  return isComplete ? assigned : null;
}

/** The leaf whose name is a part of the weight's name; names of layers may hold slashes themselves. The innermost wins. */
function leafOf(weightName: string, byLayerName: ReadonlyMap<string, LeafLayer | null>): LeafLayer | null {
  const parts = weightName.split('/').slice(0, -1);
  for (let end = parts.length; end > 0; end--) {
    for (let start = 0; start < end; start++) {
      const leaf = byLayerName.get(parts.slice(start, end).join('/'));
      if (leaf !== undefined) return leaf;
    }
  }
  return null;
}

function byOrder(leaves: readonly LeafLayer[], weightNames: readonly string[], where: string): Map<string, number[]> {
  const slots = leaves.flatMap((leaf) =>
    rolesOf(leaf).map((role) => ({ path: leaf.path, isTrained: !UNTRAINED.has(role) && leaf.layer.config.trainable !== false })),
  );
  const assigned = new Map<string, number[]>();
  const ordered = [...slots.filter((slot) => slot.isTrained), ...slots.filter((slot) => !slot.isTrained)];
  if (ordered.length !== weightNames.length) {
    throw new WhittleError(
      'FormatError',
      `${where} holds ${weightNames.length} weights, but its layers have ${ordered.length}: the weights belong to another model.`,
    );
  }
  ordered.forEach((slot, index) => assigned.set(slot.path, [...(assigned.get(slot.path) ?? []), index]));
  return assigned;
}

function rolesOf(leaf: LeafLayer): readonly string[] {
  const owner = { path: leaf.path, className: leaf.layer.className, config: leaf.layer.config };
  return familyOf(leaf.layer.className)?.weights?.(owner, leaf.layer) ?? [];
}
