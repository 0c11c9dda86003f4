/** MediaPipe's landmark operators, against what MediaPipe itself answered (tests/fixtures/tflite-landmarks), and what is refused. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/formats/tflite/decode';
import type { FlatModel, FlatOperator } from '../../../src/formats/tflite/flat-model';
import { lowerModel } from '../../../src/formats/tflite/lower';
import type { Batch, Backend, FileBackend } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { relativeDifference } from '../../runtime/tfjs/numbers';
import { runWritten, startLiteRt } from './run-written';

const folder = new URL('../../fixtures/tflite-landmarks/', import.meta.url);
const answers = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')) as { size: number; picture: string; outputs: string[] };
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64'));
const picture: Batch = { shape: [1, answers.size, answers.size, 3], dtype: 'float32', data: Float32Array.from(bytesOf(answers.picture), (byte) => Math.fround(byte / 255)) };
const expected = answers.outputs.map((text) => new Float32Array(bytesOf(text).buffer));

/** Positions are computed in another order, and a place between pixels follows them. */
const TOLERANCE = 1e-5;

const model = (): FlatModel => decodeModel(new Uint8Array(readFileSync(new URL('landmarks.tflite', folder))));
const graphOf = (of: FlatModel) => lowerModel(of, 'model.tflite', 'model').graph;

let cpu: Backend;
let liteRt: FileBackend;
beforeAll(async () => {
  cpu = await createBackend('cpu');
  liteRt = await startLiteRt();
});
afterAll(() => {
  cpu.dispose();
  liteRt.dispose();
});

function expectAnswers(actual: readonly Batch[]): void {
  expect(actual.map(({ shape }) => shape)).toEqual([[1, 4, 4], [1, 8, 8, 3], [1, 20, 2], [1, 10, 3]]);
  actual.forEach(({ data }, k) => expect(relativeDifference(data, expected[k]!)).toBeLessThan(TOLERANCE));
}

describe('a model that looks closer at landmarks', () => {
  it('answers as MediaPipe does', async () => {
    const prepared = await cpu.prepare(graphOf(model()));
    expectAnswers(await prepared.run([picture]));
    prepared.dispose();
  });

  it('is written in operators that LiteRT has', async () => {
    expectAnswers(await runWritten(liteRt, graphOf(model()), [picture]));
  });
});

describe('operators of this kind', () => {
  const changed = (name: string, change: (operator: FlatOperator) => Partial<FlatOperator>): FlatModel => {
    const { subgraphs: [main], ...rest } = model();
    return { ...rest, subgraphs: [{ ...main!, operators: main!.operators.map((operator) => (operator.customCode === name ? { ...operator, ...change(operator) } : operator)) }] };
  };
  const withoutTail = (operator: FlatOperator): Partial<FlatOperator> => ({ customOptions: operator.customOptions!.slice(0, -1) });

  it.each([
    ['of version 1', changed('TransformLandmarks', () => ({ version: 1 })), /TransformLandmarks.*has version 1; Whittle reads version 2/],
    ['without options', changed('Landmarks2TransformMatrix', () => ({ customOptions: new Uint8Array(0) })), /its option output_width is missing/],
    ['with damaged options', changed('Landmarks2TransformMatrix', withoutTail), /its option \w+ is missing/],
    ['with options of nonsense', changed('TransformTensorBilinear', () => ({ customOptions: new Uint8Array(40).fill(255) })), /pictures of 0 pixels at one side; 1 to 1024 are allowed/],
    ['whose matrix is none', changed('TransformLandmarks', ({ inputs }) => ({ inputs: [inputs[0]!, inputs[0]!] })), /its matrix is \[1, \d+, \d\]; \[1, 4, 4\] is allowed/],
  ])('%s are refused in words', (_, of, words) => {
    expect(() => graphOf(of)).toThrow(expect.objectContaining({ name: 'UnsupportedError', message: expect.stringMatching(words) }));
  });
});
