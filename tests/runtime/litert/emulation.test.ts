/** Integer files executed as graphs, against what LiteRT's Python interpreter (XNNPACK) recorded for the same files. */
import type { Recorded } from './files';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/formats/tflite/decode';
import { lowerModel } from '../../../src/formats/tflite/lower';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { batchOf } from './files';

configureWasm(nodeWasmPaths());

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const recorded = JSON.parse(fixture('recorded.json').toString()) as Record<string, Recorded>;
const oneOp = Object.keys(recorded).filter((name) => name.startsWith('op-'));
/** Of the softmax, as the specification fixes it. */
const STEP = 1 / 256;
/** The whole sums of XNNPACK are float sums here: now and then one falls on the other side of a half. */
const MOST_OFF_BY_ONE = 1;

async function stepsOff(name: string, id: 'cpu' | 'wasm'): Promise<number[]> {
  const { graph } = lowerModel(decodeModel(Uint8Array.from(fixture(`${name}.tflite`))), `${name}.tflite`, name);
  const model = await (await createBackend(id)).prepare(graph);
  const { inputs, outputs, runs } = recorded[name]!;
  const steps: number[] = [];
  for (const run of runs) {
    const [y] = await model.run([batchOf(inputs[0]!, run.inputs[0]!)]);
    const [scale, zeroPoint] = outputs[0]!.dtype === 'float32' ? [STEP, 0] : outputs[0]!.quantization;
    const wanted = run.outputs[0]!.map((number) => (outputs[0]!.dtype === 'float32' ? number / STEP : number - zeroPoint));
    y!.data.forEach((number, i) => steps.push(Math.abs(Math.round(number / scale) - wanted[i]!)));
  }
  model.dispose();
  return steps;
}

describe.each(['cpu', 'wasm'] as const)('emulation of integer files on %s', (id) => {
  it.each(['int8', 'uint8'])('gives the steps of LiteRT for an %s file', async (name) => {
    const steps = await stepsOff(name, id);
    expect(steps).toHaveLength(40);
    expect(Math.max(...steps)).toBeLessThanOrEqual(1);
    expect(steps.filter((step) => step !== 0).length).toBeLessThanOrEqual(MOST_OFF_BY_ONE);
  });

  it.each(oneOp)('rounds as LiteRT does: %s', async (name) => {
    const steps = await stepsOff(name, id);
    expect(steps.length).toBeGreaterThanOrEqual(40);
    expect(steps.filter((step) => step !== 0)).toEqual([]);
  });
});
