/** A small task that is quickly learned: 8 × 8 pictures of four kinds (a bright half: left, right, top, bottom) under noise. */
import type { Graph, Node } from '../../src/ir/graph';
import { createRandom } from '../../src/lib/random';
import type { TrainingControls, TrainingData, TrainingPoint, TrainingRequest, TrainingResult, TrainingSettings } from '../../src/training/training';
import { fit, type FitOptions } from '../../src/training/fit';
import { conv, GraphMaker } from '../ir/graphs';

export const settings: TrainingSettings = {
  epochs: 3, learningRate: 5e-3, optimizer: 'adam', schedule: 'cosine', batch: 16, weightDecay: 0, augmentation: 'none', dropout: true, heldOut: 0, patience: 0, seed: 7,
};

export function toyNet(options: { readonly width?: number; readonly dropout?: number; readonly output?: 'softmax' | 'linear' } = {}): Graph {
  const width = options.width ?? 6;
  const g = new GraphMaker();
  const x = g.input('x', [-1, 8, 8, 1]);
  const c = g.node('conv', 'conv2d', [x, g.weights('conv/kernel', [3, 3, 1, width], 0.3), g.weights('conv/bias', [width], 0.1)], conv, [-1, 8, 8, width]);
  const b = g.node(
    'bn', 'batch-norm',
    [c, g.weights('bn/mean', [width], 0), g.weights('bn/variance', [width], 0, 1), g.weights('bn/gamma', [width], 0, 1), g.weights('bn/beta', [width], 0)],
    { epsilon: 1e-3, axis: -1, activation: 'none' },
    [-1, 8, 8, width],
  );
  const r = g.node('relu', 'relu', [b], {}, [-1, 8, 8, width]);
  const p = g.node('pool', 'max-pool', [r], { kernel: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' }, [-1, 4, 4, width]);
  const f = g.node('flatten', 'flatten', [p], {}, [-1, 16 * width]);
  const d = g.node('dense', 'dense', [f, g.weights('dense/kernel', [16 * width, 4], 0.1), g.weights('dense/bias', [4], 0)], { activation: 'none' }, [-1, 4]);
  const s = options.output === 'linear' ? d : g.node('softmax', 'softmax', [d], { axis: -1 }, [-1, 4]);
  const graph = g.build([s]);
  return options.dropout ? withDropout(graph, options.dropout) : graph;
}

/** Dropout, as Keras's readers leave it, between flatten and dense. */
function withDropout(graph: Graph, rate: number): Graph {
  const at = graph.nodes.findIndex(({ id }) => id === 'dense');
  const dense = graph.nodes[at]!;
  const flat = dense.inputs[0]!;
  const drop = { id: 'dropout', name: 'dropout', op: 'identity', inputs: [flat], outputs: ['dropout:0'], attributes: {}, layer: { path: 'dropout', className: 'Dropout', config: { rate }, call: 0 } } as unknown as Node;
  const after = { ...dense, inputs: ['dropout:0', ...dense.inputs.slice(1)] } as Node;
  const values = { ...graph.values, 'dropout:0': { ...graph.values[flat]!, id: 'dropout:0', name: 'dropout' } };
  return { ...graph, nodes: [...graph.nodes.slice(0, at), drop, after, ...graph.nodes.slice(at + 1)], values };
}

export function toyData(count = 256, seed = 3): TrainingData & { readonly images: Float32Array; readonly labels: Int32Array } {
  const random = createRandom(seed);
  const images = new Float32Array(count * 64);
  const labels = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const label = (labels[n] = random.integer(4));
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const bright = [x < 4, x >= 4, y < 4, y >= 4][label];
        images[n * 64 + y * 8 + x] = random.normal() + (bright ? 1.2 : 0);
      }
    }
  }
  return {
    count, classCount: 4, labelled: true, key: `toy ${count} ${seed}`, images, labels,
    async read(indices) {
      const data = new Float32Array(indices.length * 64);
      indices.forEach((index, row) => data.set(images.subarray(index * 64, (index + 1) * 64), row * 64));
      return { inputs: [{ shape: [indices.length, 8, 8, 1], dtype: 'float32', data }], labels: Int32Array.from(indices, (index) => labels[index]!) };
    },
  };
}

export function request(graph: Graph, changes: Partial<TrainingRequest> = {}, ownSettings: Partial<TrainingSettings> = {}): TrainingRequest {
  return {
    graph, constraints: {}, frozen: [], teacher: null,
    objective: { labelWeight: 1, temperature: 3, hints: [], labelSmoothing: 0 },
    ...changes,
    settings: { ...settings, ...ownSettings },
  };
}

export const freeHand: TrainingControls = { whileResumed: async () => {}, wantsToFinish: () => false };

export function run(asked: TrainingRequest, data: TrainingData = toyData(), options: Partial<FitOptions> = {}): Promise<TrainingResult> {
  return fit(asked, data, { backend: 'wasm', report: () => {}, controls: freeHand, checkpoints: null, ...options });
}

/** All trained numbers and statistics, decoded. */
export function constantsOf(graph: Graph, decode: (tensor: NonNullable<Graph['values'][string]['tensor']>) => Float32Array): Record<string, number[]> {
  return Object.fromEntries(Object.values(graph.values).flatMap(({ name, tensor }) => (tensor ? [[name, Array.from(decode(tensor))]] : [])));
}

export type { TrainingPoint };
