/** Energy estimates beside what others measured: order and size. */
import { describe, expect, it } from 'vitest';
import { batteryDays, waitingShare } from '../../src/measure/battery-days';
import { energyWork, estimateEnergies, estimateEnergy, type NodeWork } from '../../src/measure/energy';
import { energyProfile, energyProfiles } from '../../src/measure/energy-profiles';
import type { Graph, Value } from '../../src/ir/graph';
import { sizeOf, type Tensor } from '../../src/ir/tensor';
import { smallConvNet } from '../ir/graphs';
import { edgeTpu } from './published-energy';

const work = (macs: number, weightBytes: number, activationBytes = 0): NodeWork[] => [{ macs, arithmetic: 'int8', weightBytes, activationBytes }];

describe('on an Edge TPU', () => {
  const rows = edgeTpu.map(({ name, gops, weights, watts, framesPerSecond }) => ({
    name,
    measured: watts / framesPerSecond,
    estimate: estimateEnergy(work((gops * 1e9) / 2, weights), energyProfile('coral')).joules,
  }));

  it('six known models stand in the order of their measured energy', () => {
    const by = (of: (row: (typeof rows)[number]) => number) => [...rows].sort((a, b) => of(a) - of(b)).map(({ name }) => name);
    expect(by((row) => row.estimate.value)).toEqual(by((row) => row.measured));
    expect(by((row) => row.measured)).toEqual(edgeTpu.map(({ name }) => name));
  });

  it.each(rows.map((row) => [row.name, row] as const))('the measured energy of %s lies in the range of its estimate', (_name, { measured, estimate }) => {
    expect(measured).toBeGreaterThanOrEqual(estimate.low);
    expect(measured).toBeLessThanOrEqual(estimate.high);
  });

  it('weights beyond its memory cost more than those within', () => {
    const small = estimateEnergy(work(1e9, 8e6), energyProfile('coral')).joules.value;
    const large = estimateEnergy(work(1e9, 16e6), energyProfile('coral')).joules.value;
    expect(large).toBeGreaterThan(2 * small);
  });
});

/** Layers of the MLPerf Tiny reference models (github.com/mlcommons/tiny), as sums: MACs, bytes of weights and biases, activation bytes. */
class Layers {
  macs = 0;
  weightBytes = 0;
  activationBytes = 0;
  private height: number;
  private width: number;
  private channels: number;

  constructor(height: number, width: number, channels: number) {
    [this.height, this.width, this.channels] = [height, width, channels];
  }

  conv(channels: number, height: number, width: number, stride = 1): this {
    return this.layer(channels, height * width * this.channels * channels, stride);
  }

  depthwise(stride = 1): this {
    return this.layer(this.channels, 9 * this.channels, stride);
  }

  residual(channels: number, stride: number): this {
    const [height, width, before] = [this.height, this.width, this.channels];
    this.conv(channels, 3, 3, stride).conv(channels, 3, 3);
    if (stride > 1) {
      [this.height, this.width, this.channels] = [height, width, before];
      this.conv(channels, 1, 1, stride);
    }
    this.activationBytes += 3 * this.height * this.width * this.channels;
    return this;
  }

  pool(): this {
    this.activationBytes += this.height * this.width * this.channels + this.channels;
    [this.height, this.width] = [1, 1];
    return this;
  }

  /** A layer whose kernel holds `kernel` numbers, each used at every place of its output. */
  private layer(channels: number, kernel: number, stride: number): this {
    const places = Math.ceil(this.height / stride) * Math.ceil(this.width / stride);
    this.macs += places * kernel;
    this.weightBytes += kernel + 4 * channels;
    this.activationBytes += this.height * this.width * this.channels + places * channels;
    [this.height, this.width, this.channels] = [Math.ceil(this.height / stride), Math.ceil(this.width / stride), channels];
    return this;
  }
}

const visualWakeWords = new Layers(96, 96, 3).conv(8, 3, 3, 2);
for (const [channels, stride] of [[16, 1], [32, 2], [32, 1], [64, 2], [64, 1], [128, 2], [128, 1], [128, 1], [128, 1], [128, 1], [128, 1], [256, 2], [256, 1]] as const) {
  visualWakeWords.depthwise(stride).conv(channels, 1, 1);
}
const keywordSpotting = new Layers(49, 10, 1).conv(64, 10, 4, 2);
for (let i = 0; i < 4; i++) keywordSpotting.depthwise().conv(64, 1, 1);
const anomalyDetection = new Layers(1, 1, 640);
for (const units of [128, 128, 128, 128, 8, 128, 128, 128, 128, 640]) anomalyDetection.conv(units, 1, 1);

/** Microjoules an inference: MLPerf Tiny v1.1, closed/Krai/results/README.md, X-CUBE-AI 8.0.0. */
const tiny = [
  { name: 'anomaly detection', layers: anomalyDetection, m4: 528.881, m7: 235.833 },
  { name: 'keyword spotting', layers: keywordSpotting.pool().conv(12, 1, 1), m4: 5481.633, m7: 2362.103 },
  { name: 'visual wake words', layers: visualWakeWords.pool().conv(2, 1, 1), m4: 16573.08, m7: 6928.315 },
  { name: 'image classification', layers: new Layers(32, 32, 3).conv(16, 3, 3).residual(16, 1).residual(32, 2).residual(64, 2).pool().conv(10, 1, 1), m4: 17315.114, m7: 7615.35 },
];

describe.each([['cortex-m4', 'm4'], ['cortex-m7', 'm7']] as const)('on a %s', (id, column) => {
  const estimates = tiny.map(({ layers }) => estimateEnergy(work(layers.macs, layers.weightBytes, layers.activationBytes), energyProfile(id)).joules.value * 1e6);

  it('the MLPerf Tiny models are within 10 % of their measured energy', () => {
    const errors = tiny.map((one, i) => Math.abs(estimates[i]! / one[column] - 1));
    expect(Math.max(...errors)).toBeLessThan(0.1);
  });

  it('and in its order', () => {
    expect([...estimates].sort((a, b) => a - b)).toEqual(estimates);
  });
});

describe('the work of a graph', () => {
  it('counts MACs, weight bytes and activations once', () => {
    const nodes = energyWork(smallConvNet());
    const [first] = nodes;
    expect(nodes.reduce((sum, node) => sum + node.macs, 0)).toBeGreaterThan(0);
    expect(first!.arithmetic).toBe('float32');
    expect(first!.weightBytes).toBeGreaterThan(0);
  });

  it('is integer where the activations are, and a quarter of the bytes', () => {
    const graph = smallConvNet();
    const grid = { dtype: 'int8', scale: 0.1, zeroPoint: 0 } as const;
    const values = Object.fromEntries(Object.entries(graph.values).map(([id, value]) => [id, value.tensor ? value : { ...value, quantization: grid }]));
    const [float] = energyWork(graph);
    const [integer] = energyWork({ ...graph, values });
    expect(integer!.arithmetic).toBe('int8');
    expect(float!.activationBytes).toBe(4 * integer!.activationBytes);
    expect(integer!.macs).toBe(float!.macs);
  });

  it('is not less for a file that is smaller: float layers read their weights as float32, integer layers as they are stored', () => {
    const graph = smallConvNet();
    const stored = (encode: (tensor: Tensor) => Tensor, grid?: Value['quantization']): Graph => ({
      ...graph,
      values: Object.fromEntries(Object.entries(graph.values).map(([id, value]) => [id, value.tensor ? { ...value, tensor: encode(value.tensor) } : grid ? { ...value, quantization: grid } : value])),
    });
    const bytes = (one: Graph): number => energyWork(one).reduce((sum, node) => sum + node.weightBytes, 0);
    const half = (tensor: Tensor): Tensor => ({ ...tensor, encoding: { kind: 'dense', storage: 'float16', data: new Uint16Array(sizeOf(tensor.shape)) } });
    const eight = (tensor: Tensor): Tensor => ({
      ...tensor,
      encoding: { kind: 'affine', bits: 8, signed: true, values: new Int8Array(sizeOf(tensor.shape)), scale: Float32Array.of(0.1), zeroPoint: Float64Array.of(0), axis: null, blockSize: null },
    });
    expect(bytes(stored(half))).toBe(bytes(graph));
    expect(bytes(stored(eight))).toBe(bytes(graph));
    expect(bytes(stored(eight, { dtype: 'int8', scale: 0.1, zeroPoint: 0 }))).toBeLessThan(0.3 * bytes(graph));
    expect(estimateEnergies(energyWork(stored(eight)))).toEqual(estimateEnergies(energyWork(graph)));
  });
});

describe('profiles', () => {
  it.each(energyProfiles.map((profile) => [profile.id, profile] as const))('%s has ranges around its values, and sources', (_id, { pjPerMac, near, far, sleepW, sources }) => {
    for (const { low, value, high } of [...Object.values(pjPerMac), near.pjPerByte, far.pjPerByte, sleepW]) {
      expect(low).toBeLessThanOrEqual(value);
      expect(value).toBeLessThanOrEqual(high);
    }
    expect(sources.length).toBeGreaterThan(1);
  });

  it('integers never cost more than floats, and the parts make the sum', () => {
    const nodes: NodeWork[] = [{ macs: 1e8, arithmetic: 'float32', weightBytes: 4e6, activationBytes: 2e6 }];
    const floats = estimateEnergies(nodes);
    const integers = estimateEnergies(nodes.map((node) => ({ ...node, arithmetic: 'int8', weightBytes: node.weightBytes / 4, activationBytes: node.activationBytes / 4 })));
    for (const [i, float] of floats.entries()) {
      expect(integers[i]!.joules.value).toBeLessThan(float.joules.value);
      expect(float.arithmetic.value + float.weights.value + float.activations.value).toBeCloseTo(float.joules.value, 12);
    }
  });
});

describe('battery days', () => {
  const profile = energyProfile('cortex-m4');
  const report = estimateEnergy(work(1e6, 1e5, 1e5), profile);

  it('are the battery’s energy over a day’s: by hand', () => {
    const days = batteryDays(report, profile, { inferencesPerDay: 86_400, batteryWattHours: 0.7 });
    const perDay = 86_400 * (report.joules.value + 10e-6);
    expect(days.value).toBeCloseTo((0.7 * 3600) / perDay, 6);
    expect(days.low).toBeLessThan(days.value);
    expect(days.high).toBeGreaterThan(days.value);
  });

  it('without inferences are those of waiting', () => {
    expect(batteryDays(report, profile, { inferencesPerDay: 0, batteryWattHours: 1 }).value).toBeCloseTo(3600 / (86_400 * 10e-6), 6);
  });

  it('know how much of it waiting takes', () => {
    expect(waitingShare(report, profile, 0)).toBe(1);
    expect(waitingShare({ joules: { value: 86.4, low: 0, high: 0 } }, { sleepW: { value: 1e-3, low: 0, high: 0 } }, 1)).toBeCloseTo(0.5, 12);
  });
});
