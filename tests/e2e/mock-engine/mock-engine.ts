/**
 * An engine without a model: its answers are made up from the recipe alone, plausible and always the same. For looking
 * at the page only; nothing here says anything about compression.
 */
import type { CandidateSummary, DeviceReport, EnergyEstimate, ExportResult, LiteRtVerification, ModelSummary, TrainingSummary } from '../../../src/engine/types';
import type { GraphView, GraphViewNode } from '../../../src/engine/graph-view-types';
import type { FoundCandidate, SearchWish } from '../../../src/engine/search-types';
import type { Progress } from '../../../src/lib/progress';
import type { TrainingPoint } from '../../../src/training/training';
import type { FormatId } from '../../../src/formats/format';
import { energyProfiles, type EnergyProfile } from '../../../src/measure/energy-profiles';
import type { CostReport, EnergyRange, EnergyReport, Interval, LatencyStatistics, NodeCost, SizeReport } from '../../../src/measure/types';
import type { Recipe } from '../../../src/passes/pass';
import { effectiveSteps, makeStep, recipeKey } from '../../../src/passes/recipe';
import { recipeTrains } from '../../../src/passes/untrained';
import type { BackendId, BackendInfo } from '../../../src/runtime/backend';
import type { EngineClient } from '../../../src/state/engine-client';
import { mockLive } from './mock-live';
import { mockSensitivity } from './mock-sensitivity';

/** `training`: a training never ends. `nothing-to-learn`: no training data. `loading`: opening never ends. `measuring`: timing never ends. `sensing`: a sensitivity never ends. `error`: opening fails. `unlabelled`: no labels. */
export type MockState = 'plain' | 'training' | 'nothing-to-learn' | 'loading' | 'measuring' | 'sensing' | 'error' | 'no-webgpu' | 'unlabelled' | 'export-fails' | 'slow';

const STEP_MS = 15;
/** A sensitivity that never ends stops before this row. */
const SENSED_ROWS = 23;

export function mockEngine(state: MockState): EngineClient {
  let release: ((error: Error) => void) | null = null;
  /** Work that ends only when it is cancelled. */
  const endless = () =>
    new Promise<never>((_, reject) => {
      release = reject;
    });
  const work = () => (state === 'slow' ? endless() : pause());
  /** What was trained, by the recipe. */
  const trained = new Set<string>();
  let training: TrainingSummary | null = state === 'nothing-to-learn' ? null : { name: 'fashion-mnist-train.npz', count: 8500, hasLabels: true, origin: 'separate', leftOut: 0, isCompared: true };
  /** What the person said to the training under way; `stops` counts trainings that were stopped. */
  const hand = { isPaused: false, isFinishing: false, isSearchFinishing: false, stops: 0 };
  /** Candidates that an earlier search measured. */
  const known = new Set<string>();
  const refuseUntrained = (recipe: Recipe): void => {
    if (recipeTrains(recipe) && !trained.has(recipeKey(recipe))) throw namedError('UntrainedError', 'This recipe trains, which takes a while: it starts when it is asked for.');
  };
  return {
    ...mockLive(),
    async exportAdaptive({ rungs }) {
      await work();
      const bytes = new Uint8Array(1024);
      return { files: [{ name: 'index.js', bytes }, { name: 'manifest.json', bytes }], rungs: rungs.map(({ name }, i) => ({ name, accuracy: 0.92 - 0.01 * i, nbytes: 400_000 / (i + 1) })), leftOut: [], refused: [], largestDifference: 1e-6 };
    },
    backends: () => Promise.resolve(backendsOf(state)),
    clockStepMs: () => Promise.resolve(0.005),
    async open(files, report) {
      report({ stage: 'Reading weights', fraction: 0.42, detail: files[0]?.name ?? '' });
      await pause();
      if (state === 'loading') return endless();
      if (state === 'error') throw namedError('FormatError', 'group1-shard2of4.bin is missing. Drop it here together with model.json.');
      return modelOf(files[0]?.name ?? 'model.keras');
    },
    async apply(recipe): Promise<CandidateSummary> {
      refuseUntrained(recipe);
      await work();
      return { recipe, cost: costOf(recipe), diagnostics: diagnosticsOf(recipe), elapsedMs: 12, cachedSteps: 0 };
    },
    estimateSize: (recipe) => Promise.resolve({ raw: sizeOf(recipe).raw * 1.02, gzip: sizeOf(recipe).gzip * 1.03 }),
    estimateEnergy: (recipe) => Promise.resolve(energyOf(recipe)),
    sensitivity: mockSensitivity((row) => (state === 'sensing' && row === SENSED_ROWS ? endless() : pause())),
    async search(wish, report, give) {
      if (!training) throw namedError('DataError', 'There are no examples to judge candidates by.');
      report({ stage: 'sensitivity', fraction: 0.5, detail: 'conv2d_1' });
      await pause();
      hand.isSearchFinishing = false;
      const found: FoundCandidate[] = [];
      for (let place = 0; place < wish.candidates && !hand.isSearchFinishing; place++) {
        report({ stage: 'search', fraction: place / wish.candidates, detail: `${place + 1} / ${wish.candidates}` });
        const candidate = candidateAt(place, wish);
        await (known.has(candidate.key) ? undefined : state === 'measuring' && place > 4 ? endless() : pause());
        known.add(candidate.key);
        found.push(candidate);
        give(candidate);
      }
      const meeting = found.filter(({ unmet }) => unmet.length === 0);
      const best = (meeting.length > 0 ? meeting : found).reduce((a, b) => (b.measured.bytes < a.measured.bytes ? b : a));
      const message = best.unmet.length === 0 ? `Found: one of ${found.length} candidates meets every goal.` : `Not every goal was met by ${found.length} candidates. The nearest has ${best.measured.bytes} bytes instead of at most ${wish.goals.mostBytes}.`;
      return { best, final: null, unmet: best.unmet, message, candidates: found, original: { bytes: 871_000, macs: 5_671_424, accuracyDrop: 0, latencyMs: null }, examples: 2000, isLabelled: true };
    },
    finishSearch: () => Promise.resolve(void (hand.isSearchFinishing = true)),
    async describeGraph(recipe) {
      await pause();
      return graphOf(recipe);
    },
    async measureSize(recipe) {
      await pause();
      return sizeOf(recipe);
    },
    async openDataset(files) {
      await pause();
      return {
        name: files[0]?.name ?? 'data.npz',
        kind: 'npz',
        count: 10_000,
        exampleShape: [28, 28],
        storage: 'uint8',
        hasLabels: state !== 'unlabelled',
        classCount: state === 'unlabelled' ? 0 : 10,
        classNames: null,
        suggestedPreprocessing: { scale: 1 / 255, mean: [], std: [], size: null, channels: 'grey' },
      };
    },
    openTrainingData: (files) => Promise.resolve((training = { name: files[0]?.name ?? 'train.npz', count: 60_000, hasLabels: true, origin: 'separate', leftOut: 12, isCompared: true })),
    async splitDataset(share) {
      training = share > 0 ? { name: 'data.npz', count: Math.round(10_000 * share), hasLabels: true, origin: 'split', leftOut: 0, isCompared: true } : null;
      return { ...(await this.openDataset([], () => {})), count: Math.round(10_000 * (1 - share)) };
    },
    trainingData: () => Promise.resolve(training),
    openStudent: (files) => Promise.resolve(files ? { name: files[0]?.name ?? 'student', parameters: 15_634 } : null),
    async train(recipe, report) {
      const before = hand.stops;
      for (let step = 1; step <= TRAINING_STEPS; step++) {
        report(pointOf(step));
        await pause();
        while (hand.isPaused) await pause();
        if (hand.stops > before) throw namedError('CancelledError', 'The training was stopped.');
        if (hand.isFinishing) break;
        if (state === 'training' && step === TRAINING_STEPS / 2) await new Promise<void>((resolve, reject) => {
          release = reject;
          const look = setInterval(() => {
            if (!hand.isFinishing) return;
            clearInterval(look);
            resolve();
          }, STEP_MS);
        });
      }
      hand.isFinishing = false;
      trained.add(recipeKey(recipe));
      return { recipe, cost: costOf(recipe), diagnostics: diagnosticsOf(recipe), elapsedMs: 12, cachedSteps: 0 };
    },
    pauseTraining: () => Promise.resolve(void (hand.isPaused = true)),
    resumeTraining: () => Promise.resolve(void (hand.isPaused = false)),
    finishTraining() {
      hand.isPaused = false;
      return Promise.resolve(void (hand.isFinishing = true));
    },
    stopTraining() {
      hand.stops++;
      release?.(namedError('CancelledError', 'The training was stopped.'));
      release = null;
      return pause();
    },
    async compareRecipes(before, after, _backend, limit) {
      await pause();
      const change = lossOf(before) - lossOf(after);
      return {
        original: accuracyOf(0.9209 - lossOf(before), limit),
        candidate: accuracyOf(0.9209 - lossOf(after), limit),
        change: around(change, 0.0031),
        pValue: Math.abs(change) > 0.0031 ? 0.001 : 0.4,
        verdict: change > 0.0031 ? 'better' : change < -0.0031 ? 'worse' : 'no-measurable-change',
      };
    },
    async compareAccuracy(recipe, _backend, limit, report) {
      report({ stage: 'Comparing answers', fraction: 0.34, detail: `680 of ${limit}` });
      await pause();
      const change = -lossOf(recipe);
      return {
        original: accuracyOf(0.9209, limit),
        candidate: accuracyOf(0.9209 + change, limit),
        change: around(change, 0.0022),
        pValue: change < -0.0022 ? 0.001 : 0.7,
        verdict: change < -0.0022 ? 'worse' : 'no-measurable-change',
      };
    },
    async measureFidelity(recipe, _backend, limit) {
      await pause();
      const loss = lossOf(recipe);
      return { count: limit, agreement: 1 - loss * 3, sqnrDb: loss === 0 ? Infinity : 45 - loss * 900, largestDifference: loss * 2 };
    },
    async measureLatency(recipe, backend, batch, report) {
      report({ stage: 'Timing', fraction: 0.61, detail: '18 of 30 pairs' });
      if (state === 'measuring') return endless();
      await pause();
      const original = baseMs[backend];
      const candidate = original * (hasPass(recipe, 'fold-batch-norm') ? 0.72 : 0.995);
      const isFaster = hasPass(recipe, 'fold-batch-norm');
      const adapter = backendsOf(state).find((info) => info.id === backend)?.adapter ?? '';
      return {
        backend,
        adapter,
        batch,
        original: statisticsOf(original),
        candidate: statisticsOf(candidate),
        speedup: around(original / candidate, 0.06),
        verdict: isFaster ? 'faster' : 'same-speed',
        clockStepMs: 0.005,
        runsPerSample: 4,
      };
    },
    async exportModel(recipe, format): Promise<ExportResult> {
      await pause();
      if (state === 'export-fails') {
        throw namedError('ExportError', 'Keras has no layer for the fused activation of conv2d_3. Choose TensorFlow.js graph model, or switch off "Fuse activations".');
      }
      return {
        files: [{ name: fileNames[format], bytes: new Uint8Array(sizeOf(recipe).raw) }],
        size: sizeOf(recipe),
        diagnostics: [],
        verification: {
          backend: 'wasm',
          samples: 64,
          largestDifference: 3.1e-7,
          agreement: 1,
          referenceDifference: format.startsWith('tfjs') ? 2.4e-7 : null,
          litert: format === 'tflite' ? litertOf(recipe) : null,
          litertReason: '',
        },
        device: format === 'tflite' ? deviceReport : null,
      };
    },
    run: (_recipe, _backend, inputs) => Promise.resolve(inputs),
    dispose: () => Promise.resolve(),
    cancel() {
      release?.(namedError('CancelledError', 'Cancelled.'));
      release = null;
      return pause();
    },
  };
}

/** From weak to strong and back, so that a front comes of it. */
function candidateAt(place: number, { goals }: SearchWish): FoundCandidate {
  const sparsity = Number((0.3 + ((place * 7) % 20) / 40).toFixed(2));
  const rules = layers.filter(([, , , parameters]) => parameters > 300).map(([match], i) => ({ match, options: { sparsity: Number(Math.min(0.95, sparsity + i * 0.03).toFixed(2)) } }));
  const recipe: Recipe = { version: 1, steps: [makeStep('fold-batch-norm'), makeStep('prune-magnitude', { sparsity }, rules), makeStep('cluster-weights', { centroids: 12 + ((place * 5) % 21) })] };
  const size = sizeOf(recipe);
  const measured = { bytes: size.brotli, macs: costOf(recipe).macs, accuracyDrop: lossOf(recipe), latencyMs: null };
  const unmet = [...(goals.mostBytes !== undefined && measured.bytes > goals.mostBytes ? ['mostBytes' as const] : []), ...(goals.mostAccuracyDrop !== undefined && measured.accuracyDrop > goals.mostAccuracyDrop ? ['mostAccuracyDrop' as const] : [])];
  return { recipe, key: recipeKey(recipe), predicted: { bytes: size.brotli, macs: measured.macs, ms: 0, kl: measured.accuracyDrop }, measured, unmet, size, latency: null };
}

const TRAINING_STEPS = 40;

/** Three epochs, of which the curves show a loss that falls and an accuracy that rises. */
function pointOf(step: number): Progress {
  const share = step / TRAINING_STEPS;
  const isEpochsEnd = step % 10 === 0;
  const training: TrainingPoint = {
    step: step * 50,
    steps: TRAINING_STEPS * 50,
    epoch: Math.ceil(share * 4),
    loss: 0.24 + 0.6 * Math.exp(-4 * share) + 0.02 * Math.sin(step),
    heldOutAccuracy: isEpochsEnd ? 0.9 + 0.022 * share : null,
    heldOutLoss: isEpochsEnd ? 0.3 - 0.04 * share : null,
    learningRate: 1e-3 * (1 - share),
    elapsedMs: step * 3_000,
    msLeft: (TRAINING_STEPS - step) * 3_000,
    backend: 'webgpu',
  };
  return { stage: 'prune-magnitude', fraction: share, training };
}

const fileNames: Readonly<Record<FormatId, string>> = {
  keras: 'model.keras',
  'keras-h5': 'model.h5',
  'tfjs-graph': 'model.json',
  'tfjs-layers': 'model.json',
  tflite: 'model.tflite',
};

function litertOf(recipe: Recipe): LiteRtVerification {
  const answers = { samples: 1000, agreement: 1, largestDifference: 3.1e-3 };
  const isFloat = effectiveSteps(recipe).every((step) => (step.options.inputOutput ?? 'float') === 'float');
  return isFloat
    ? { ...answers, twin: false, twinReason: '' }
    : { ...answers, twin: true, twinReason: 'with real numbers at its borders, since LiteRT in JavaScript takes no int8 and no int16' };
}

const deviceReport: DeviceReport = {
  arena: { activationBytes: 25_088, variableBytes: 0, structureBytes: 4_960, totalBytes: 30_048 },
  runtimes: [
    { runtime: 'micro', label: 'TensorFlow Lite Micro', source: '', supported: true, unsupported: [] },
    { runtime: 'edge-tpu', label: 'Coral Edge TPU', source: '', supported: false, unsupported: [
      { op: 'QUANTIZE', count: 1, why: 'works on float32; only 8-bit integers run there' },
      { op: 'HARD_SWISH', count: 2, why: 'no kernel for it' },
    ] },
    { runtime: 'gpu', label: 'LiteRT on the GPU', source: '', supported: true, unsupported: [] },
  ],
};

const baseMs: Readonly<Record<BackendId, number>> = { webgpu: 0.94, webgl: 2.31, wasm: 1.84, cpu: 31.2, 'litert-wasm': 1.12, 'litert-webgpu': 0.81, 'litert-webnn': 0.9 };

function backendsOf(state: MockState): readonly BackendInfo[] {
  const webgpu: BackendInfo =
    state === 'no-webgpu'
      ? { id: 'webgpu', available: false, adapter: '', software: false, reason: 'This browser gives no WebGPU adapter. Chrome 113 or newer on a supported GPU has one.', timestamps: false }
      : { id: 'webgpu', available: true, adapter: 'Apple M2', software: false, reason: '', timestamps: true };
  return [
    webgpu,
    { id: 'webgl', available: true, adapter: 'Apple M2 (WebGL 2)', software: false, reason: '', timestamps: false },
    { id: 'wasm', available: true, adapter: 'SIMD, 1 thread', software: false, reason: '', timestamps: false },
    { id: 'cpu', available: true, adapter: 'Plain JavaScript', software: false, reason: '', timestamps: false },
    { id: 'litert-wasm', available: true, adapter: 'XNNPACK, 4 threads', software: false, reason: '', timestamps: false },
    { id: 'litert-webgpu', available: state !== 'no-webgpu', adapter: state === 'no-webgpu' ? '' : 'Apple M2', software: false, reason: state === 'no-webgpu' ? 'This browser gives no WebGPU adapter.' : '', timestamps: false },
    { id: 'litert-webnn', available: false, adapter: '', software: false, reason: 'This browser has no WebNN.', timestamps: false },
  ];
}

/** Name, operation, output shape, parameters, MACs of the layers of a small classifier. */
const layers: readonly (readonly [string, string, readonly number[], number, number])[] = [
  ['conv2d', 'conv2d', [1, 28, 28, 32], 320, 225_792],
  ['batch_normalization', 'batch-norm', [1, 28, 28, 32], 128, 25_088],
  ['max_pooling2d', 'max-pool', [1, 14, 14, 32], 0, 0],
  ['conv2d_1', 'conv2d', [1, 14, 14, 64], 18_496, 3_612_672],
  ['batch_normalization_1', 'batch-norm', [1, 14, 14, 64], 256, 12_544],
  ['conv2d_2', 'conv2d', [1, 7, 7, 64], 36_928, 1_806_336],
  ['batch_normalization_2', 'batch-norm', [1, 7, 7, 64], 256, 3136],
  ['dense', 'dense', [1, 128], 184_704, 184_576],
  ['dense_1', 'dense', [1, 10], 1290, 1280],
];

/** A .tflite is one that Whittle wrote. */
function modelOf(name: string): ModelSummary {
  const isTflite = name.endsWith('.tflite');
  return {
    name,
    format: isTflite ? 'tflite' : 'keras',
    formatLabel: isTflite ? 'TensorFlow Lite (.tflite)' : 'Keras (.keras)',
    producer: isTflite ? 'Whittle 0.1.0' : 'Keras 3.15.0',
    fileBytes: isTflite ? 247_000 : 1_030_140,
    inputs: [{ name: 'image', dtype: 'float32', shape: [-1, 28, 28, 1] }],
    outputs: [{ name: 'probabilities', dtype: 'float32', shape: [-1, 10] }],
    cost: costOf({ version: 1, steps: [] }),
    diagnostics: [{ level: 'info', message: 'The optimizer’s state was left out: only the model is read.' }],
    recipe: isTflite ? { version: 1, steps: [makeStep('quantize-integer')] } : null,
    exports: {
      'tfjs-graph': true,
      'tfjs-layers': true,
      keras: true,
      tflite: true,
      'keras-h5': 'dense_1 was written by Keras 3 with a name that HDF5 cannot hold. Choose Keras (.keras).',
    },
    suggestedPreprocessing: { scale: 1 / 255, mean: [], std: [], size: null, channels: null },
    device: isTflite ? deviceReport : null,
  };
}

/** The layers in a chain. */
function graphOf(recipe: Recipe): GraphView {
  const layersLeft = costOf(recipe).nodes.map(({ node, op, outputShape, parameters, nbytes, macs }): GraphViewNode => {
    return { id: node, kind: 'layer', name: node, op, ops: [op], shape: outputShape, parameters, nbytes, macs, block: null };
  });
  const port = (kind: 'input' | 'output', shape: readonly number[]): GraphViewNode => ({ id: kind, kind, name: kind, op: '', ops: [], shape, parameters: 0, nbytes: 0, macs: 0, block: null });
  const nodes = [port('input', [-1, 28, 28, 1]), ...layersLeft, port('output', [-1, 10])];
  const [first, last] = [layersLeft[0]!.name, layersLeft.at(-1)!.name];
  return {
    nodes,
    edges: nodes.slice(1).map((node, i) => ({ from: nodes[i]!.id, to: node.id, shape: nodes[i]!.shape })),
    blocks: [],
    groups: [
      { makes: [first], passes: [], reads: ['conv2d_1'], channels: 32, units: 32, refused: null },
      { makes: [last], passes: [], reads: [], channels: 10, units: 10, refused: 'it is the model\'s output "dense_1"' },
    ],
  };
}

function costOf(recipe: Recipe): CostReport {
  const sparsity = optionOf(recipe, 'prune-magnitude', 'sparsity', 0);
  const bits = hasPass(recipe, 'cluster-weights') ? Math.log2(optionOf(recipe, 'cluster-weights', 'centroids', 32)) : isQuantized(recipe) ? 8 : 32;
  const folded = hasPass(recipe, 'fold-batch-norm');
  const nodes = layers
    .filter(([, op]) => !(folded && op === 'batch-norm'))
    .map(([node, op, outputShape, parameters, macs]): NodeCost => {
      const isKernel = parameters > 300;
      return {
        node,
        op,
        outputShape,
        parameters,
        nbytes: Math.round((parameters * (isKernel ? bits : 32)) / 8),
        macs,
        activationBytes: outputShape.reduce((product, size) => product * size, 4),
        sparsity: parameters === 0 ? null : isKernel ? sparsity : 0,
        bits: parameters === 0 ? null : isKernel ? bits : 32,
      };
    });
  const sum = (of: (node: NodeCost) => number) => nodes.reduce((total, node) => total + of(node), 0);
  return {
    parameters: sum((node) => node.parameters),
    nbytes: sum((node) => node.nbytes),
    macs: sum((node) => node.macs),
    peakActivationBytes: folded ? 125_440 : 200_704,
    nodes,
  };
}

function sizeOf(recipe: Recipe): SizeReport {
  const sparsity = optionOf(recipe, 'prune-magnitude', 'sparsity', 0);
  const centroids = optionOf(recipe, 'cluster-weights', 'centroids', 0);
  const quantized = isQuantized(recipe) ? 0.26 : 1;
  const share = (1 - 0.85 * sparsity) * (centroids > 0 ? (Math.log2(centroids) / 8) * 0.34 : 1) * quantized;
  const raw = Math.round(1_030_140 * quantized);
  return { raw, gzip: Math.round(895_270 * share), brotli: Math.round(871_000 * share), brotliQuality: 11 };
}

/** The true profiles over made-up work. */
function energyOf(recipe: Recipe): readonly EnergyEstimate[] {
  return energyProfiles.map((profile) => ({ profile, original: energyOn(profile, { version: 1, steps: [] }), candidate: energyOn(profile, recipe) }));
}

function energyOn({ id, pjPerMac, near, far }: EnergyProfile, recipe: Recipe): EnergyReport {
  const { macs, nbytes, nodes } = costOf(recipe);
  const isInteger = hasPass(recipe, 'quantize-integer');
  const moved = nodes.reduce((total, node) => total + node.activationBytes, 0) / (isInteger ? 4 : 1);
  const joules = ({ value, low, high }: EnergyRange, count: number): EnergyRange => ({ value: value * count * 1e-12, low: low * count * 1e-12, high: high * count * 1e-12 });
  const [arithmetic, weights, activations] = [joules(pjPerMac[isInteger ? 'int8' : 'float32'], macs), joules(far.pjPerByte, nbytes), joules(near.pjPerByte, moved)];
  const total = (of: (part: EnergyRange) => number) => of(arithmetic) + of(weights) + of(activations);
  return { profile: id, joules: { value: total((part) => part.value), low: total((part) => part.low), high: total((part) => part.high) }, arithmetic, weights, activations };
}

/** How much accuracy a recipe costs in this made-up world. */
function lossOf(recipe: Recipe): number {
  const sparsity = optionOf(recipe, 'prune-magnitude', 'sparsity', 0);
  const centroids = optionOf(recipe, 'cluster-weights', 'centroids', 0);
  const quantized = isQuantized(recipe) ? 0.0004 : 0;
  const loss = sparsity ** 6 * 0.06 + (centroids > 0 ? 0.014 / centroids ** 1.2 : 0) + quantized;
  return recipeTrains(recipe) ? loss * 0.3 - 0.003 : loss;
}

function isQuantized(recipe: Recipe): boolean {
  return hasPass(recipe, 'quantize-weights') || hasPass(recipe, 'quantize-integer');
}

function diagnosticsOf(recipe: Recipe): CandidateSummary['diagnostics'] {
  if (hasPass(recipe, 'quantize-integer')) {
    return [{ level: 'info', message: 'Ranges of 12 activations found on 500 examples: 9 by mse, 2 by min-max, 1 by softmax. Least signal to quantization noise: conv2d_1 31.2 dB, conv2d 33.0 dB, dense 34.9 dB.' }];
  }
  if (!hasPass(recipe, 'prune-magnitude')) return [];
  return [{ level: 'warning', subject: 'conv2d', message: 'Left as it is: 288 weights are too few to prune without harm. Add a rule to prune it all the same.' }];
}

function hasPass(recipe: Recipe, pass: string): boolean {
  return effectiveSteps(recipe).some((step) => step.pass === pass);
}

function optionOf(recipe: Recipe, pass: string, name: string, otherwise: number): number {
  const step = effectiveSteps(recipe).find((other) => other.pass === pass);
  return step ? Number(step.options[name]) : otherwise;
}

function accuracyOf(value: number, count: number) {
  return { accuracy: around(value, 0.0118), count, correct: Math.round(value * count) };
}

function around(value: number, half: number): Interval {
  return { value, low: value - half, high: value + half };
}

function statisticsOf(p50Ms: number): LatencyStatistics {
  const samplesMs = Array.from({ length: 30 }, (_, index) => p50Ms * (0.97 + index / 400));
  return { p50Ms, p90Ms: p50Ms * 1.08, minimumMs: p50Ms * 0.95, firstMs: p50Ms * 9.3, samplesMs };
}

function namedError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, STEP_MS);
  });
}
