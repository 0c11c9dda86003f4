import { describe, expect, it } from 'vitest';
import type { BackendId, BackendInfo } from '../../src/runtime/backend';
import { inferencesPerDay, setDuty, tickedBackends, useSettings } from '../../src/state/settings-store';

const backend = (id: BackendId, software = false): BackendInfo => ({ id, available: true, adapter: '', software, reason: '', timestamps: false });
const all = [backend('webgpu'), backend('webgl'), backend('wasm'), backend('cpu'), backend('litert-wasm'), backend('litert-webgpu')];

describe('backends to measure latency on, until a person chooses', () => {
  it('are those of the runtime that the format is for', () => {
    expect(tickedBackends(null, all, 'keras')).toEqual(['webgpu', 'wasm']);
    expect(tickedBackends(null, all, 'tflite')).toEqual(['litert-webgpu', 'litert-wasm']);
  });

  it('hold no graphics card made up in software', () => {
    const software = [backend('webgpu', true), backend('wasm'), backend('litert-webgpu', true), backend('litert-wasm')];
    expect(tickedBackends(null, software, 'tfjs-graph')).toEqual(['wasm']);
    expect(tickedBackends(null, software, 'tflite')).toEqual(['litert-wasm']);
  });

  it('are TensorFlow.js’s where LiteRT is missing', () => {
    const missing = all.map((info) => ({ ...info, available: !info.id.startsWith('litert') }));
    expect(tickedBackends(null, missing, 'tflite')).toEqual(['wasm']);
  });
});

describe('backends that a person chose', () => {
  it('hold for every format, in the order of the device', () => {
    expect(tickedBackends(['litert-wasm', 'webgl'], all, 'keras')).toEqual(['webgl', 'litert-wasm']);
    expect(tickedBackends(['litert-wasm', 'webgl'], all, 'tflite')).toEqual(['webgl', 'litert-wasm']);
  });
});

describe('how a device is used on a battery', () => {
  it('is kept within what can be meant', () => {
    setDuty({ inferences: -3, batteryWattHours: 0 });
    expect(useSettings.getState().duty).toEqual({ inferences: 0, per: 'second', batteryWattHours: 0.01 });
    setDuty({ inferences: 1e9, per: 'day', batteryWattHours: 0.7 });
    expect(useSettings.getState().duty).toEqual({ inferences: 1e6, per: 'day', batteryWattHours: 0.7 });
  });

  it('counts a day’s inferences', () => {
    expect(inferencesPerDay({ inferences: 10, per: 'day', batteryWattHours: 1 })).toBe(10);
    expect(inferencesPerDay({ inferences: 0.5, per: 'second', batteryWattHours: 1 })).toBe(43_200);
  });
});
