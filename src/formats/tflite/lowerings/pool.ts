/** Pools. */
import type { FlatLowerings } from '../lower-builder';
import type { FlatNode } from '../lower-node';
import { fusedActivation } from '../lower-fused';
import { window } from './convolution';

export const poolLowerings: FlatLowerings = {
  AVERAGE_POOL_2D: (node, builder) => builder.emit(node, 'average-pool', [node.value(0)], attributesOf(node)),
  MAX_POOL_2D: (node, builder) => builder.emit(node, 'max-pool', [node.value(0)], attributesOf(node)),
  // The root of the mean of the squares.
  L2_POOL_2D: (node, builder) => {
    if (fusedActivation(node) !== 'none') node.refuse('its fused activation stands behind a root, which Whittle does not read');
    const squares = builder.inner(node, 'square', [node.value(0)], {}, 'squares');
    const mean = builder.inner(node, 'average-pool', [squares], attributesOf(node), 'mean');
    return builder.emit(node, 'sqrt', [mean], {});
  },
};

function attributesOf(node: FlatNode) {
  const kernel = [node.option('filterHeight', 0), node.option('filterWidth', 0)];
  if (kernel.some((size) => size < 1)) node.refuse(`its window is ${kernel.join(' × ')}; sizes from 1 on are allowed`);
  return { ...window(node), kernel, activation: fusedActivation(node) };
}
