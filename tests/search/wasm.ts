/** What searches run on in tests: the wasm backend, and a small classifier with a branch, two outputs and seeded weights. */
import type { Graph } from '../../src/ir/graph';
import type { PassContext } from '../../src/passes/pass';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { conv, depthwise, GraphMaker } from '../ir/graphs';

configureWasm(nodeWasmPaths());

export const prepare: PassContext['prepare'] = async (graph) => (await createBackend('wasm')).prepare(graph);

export const execute: PassContext['execute'] = async (graph) => {
  const model = await prepare(graph);
  try {
    return await model.run([]);
  } finally {
    model.dispose();
  }
};

/** conv → (depthwise, 1×1; added to what it reads) → pool → dense → softmax, and a second output of numbers. */
export function branches(): Graph {
  const g = new GraphMaker();
  const size = [-1, 8, 8, 8];
  const relu = { activation: 'relu' };
  const first = g.node('first', 'conv2d', [g.input('x', [-1, 8, 8, 3]), g.weights('first/kernel', [3, 3, 3, 8], 0.3), g.weights('first/bias', [8], 0.1)], { ...conv, ...relu }, size);
  const spatial = g.node('spatial', 'depthwise-conv2d', [first, g.weights('spatial/kernel', [3, 3, 8, 1], 0.4)], depthwise, size);
  const point = g.node('point', 'conv2d', [spatial, g.weights('point/kernel', [1, 1, 8, 8], 0.4), g.weights('point/bias', [8], 0.1)], { ...conv, ...relu }, size);
  const sum = g.node('sum', 'add', [first, point], { activation: 'none' }, size);
  const pool = g.node('pool', 'max-pool', [sum], { kernel: [4, 4], strides: [4, 4], padding: 'valid', activation: 'none' }, [-1, 2, 2, 8]);
  const flat = g.node('flat', 'flatten', [pool], {}, [-1, 32]);
  const dense = g.node('dense', 'dense', [flat, g.weights('dense/kernel', [32, 5], 0.5), g.weights('dense/bias', [5], 0.1)], { activation: 'none' }, [-1, 5]);
  const classes = g.node('softmax', 'softmax', [dense], { axis: -1 }, [-1, 5]);
  const side = g.node('side', 'dense', [flat, g.weights('side/kernel', [32, 1], 0.1), g.weights('side/bias', [1], 0, -1)], { activation: 'none' }, [-1, 1]);
  return g.build([classes, side]);
}
