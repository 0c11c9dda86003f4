/** What an axis of a weight is to the node that reads it. */
import type { Node } from '../../ir/graph';
import { parseEinsum } from '../../ops/matmul';
import { WhittleError } from '../../lib/errors';
import { frontAxis } from './movement-rules';

/**
 * 'output': its indices are the channels that the layer makes; 'input': those that it reads; 'depthwise': both; 'scale': gamma of
 * a batch norm; 'other': biases, means and whatever else has a number for each channel.
 */
export type AxisRole = 'output' | 'input' | 'depthwise' | 'scale' | 'other';

/** `index`: which input of the node the weight is. */
export function axisRole(node: Node, index: number, axis: number, rank: number): AxisRole {
  switch (node.op) {
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'dense':
      return index === 1 ? matrixRole(axis, rank - 1, rank - 2) : 'other';
    case 'transpose-conv2d':
    case 'transpose-conv3d':
      return index === 1 ? matrixRole(axis, rank - 2, rank - 1) : 'other';
    case 'depthwise-conv2d':
      return index === 1 && axis === 2 ? 'depthwise' : 'other';
    case 'lstm':
    case 'gru':
    case 'simple-rnn':
    case 'conv-lstm2d':
      return index === 1 || index === 2 ? matrixRole(axis, rank - 1, rank - 2) : 'other';
    case 'einsum': {
      const { terms, output } = parseEinsum(node.attributes.equation, (reason) => {
        throw new WhittleError('GraphError', `Node "${node.name}": ${reason}.`);
      });
      return output.includes(terms[index]![axis]!) ? 'output' : 'input';
    }
    case 'batch-matmul': {
      const isInner = index === 0 ? (axis === rank - 1) !== node.attributes.transposeA : (axis === rank - 2) !== node.attributes.transposeB;
      return axis < rank - 2 ? 'other' : isInner ? 'input' : 'output';
    }
    case 'gather':
      return index === 0 && axis !== frontAxis(node.attributes.axis, rank) ? 'output' : 'other';
    case 'batch-norm':
      return index === 3 ? 'scale' : 'other';
    default:
      return 'other';
  }
}

function matrixRole(axis: number, output: number, input: number): AxisRole {
  if (axis === output) return 'output';
  return axis === input ? 'input' : 'other';
}
