import { describe, expect, it } from 'vitest';
import { zipSync } from 'fflate';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import { isRecipe } from '../../src/formats/is-recipe';
import { openModel } from '../../src/formats/open';
import { filesOf, weight, x } from './tfjs-graph/op-graph';

const files = filesOf({ op: 'MatMul', operands: [x([2, 8]), weight([8, 4])] });
const graph = (): SourceFile[] => files.map((file) => fileOf(file.name, file.bytes));
const open = (given: readonly SourceFile[]) => openModel(given, ignoreProgress);
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const zipped = (entries: Readonly<Record<string, Uint8Array>>): SourceFile => fileOf('any.zip', new Uint8Array(zipSync({ ...entries })));

describe('a model is found', () => {
  it('among the files of a folder, with what systems put beside them', async () => {
    const stray = [fileOf('pack/.DS_Store', 'x'), fileOf('pack/readme.txt', 'hello'), fileOf('pack/picture.png', '\x89PNG')];
    const opened = await open([...graph().map((file) => ({ ...file, name: `pack/${file.name}` })), ...stray]);
    expect(opened.format).toBe('tfjs-graph');
    expect(opened.graph.name).toBe('pack');
  });

  it('in a zip, in its root or in a folder', async () => {
    for (const folder of ['', 'web/model/']) {
      const opened = await open([zipped(Object.fromEntries(files.map((file) => [folder + file.name, file.bytes])))]);
      expect(opened.graph.nodes.map((node) => node.op)).toEqual(['dense']);
    }
  });

  it('when its weights were given another folder', async () => {
    const opened = await open([graph()[0]!, fileOf('elsewhere/weights.bin', files[1]!.bytes)]);
    expect(opened.format).toBe('tfjs-graph');
  });
});

describe('what is refused, and in which words', () => {
  it.each([
    ['nothing', [], 'FormatError', /no file to open/],
    ['several models', [...graph(), fileOf('other/model.json', files[0]!.bytes)], 'FormatError', /Several models were given: model\.json, other\/model\.json/],
    ['a missing shard', graph().slice(0, 1), 'FormatError', /weights\.bin is missing/],
    ['shards alone', graph().slice(1), 'FormatError', /No model\.json is among the files/],
    ['a recipe alone', [fileOf('recipe.json', '{"version":1,"steps":[]}')], 'FormatError', /recipe\.json is a recipe/],
    ['a weights manifest', [fileOf('weights_manifest.json', '[{"paths":["a"],"weights":[]}]')], 'FormatError', /lists weights without a network/],
    ['broken TensorFlow Lite', [fileOf('m', bytesOf('\x1c\0\0\0TFL3\0\0'))], 'FormatError', /Not a whole TensorFlow Lite model/],
    ['a bundle of MediaPipe', [zipped({ 'hand_detector.tflite': bytesOf('x'), 'hand_landmarks.tflite': bytesOf('y') })], 'UnsupportedError', /bundle of several TensorFlow Lite models \(hand_detector\.tflite, hand_landmarks\.tflite\)/],
    ['a SavedModel', [fileOf('m/saved_model.pb', bytesOf('\b\x01\x12\x05')), fileOf('m/variables/variables.index', 'x')], 'UnsupportedError', /SavedModel/],
    ['ONNX', [fileOf('m.onnx', bytesOf('\b\x07\x12\x07pytorch'))], 'UnsupportedError', /ONNX model/],
    ['PyTorch', [zipped({ 'archive/data.pkl': bytesOf('x'), 'archive/version': bytesOf('3') })], 'UnsupportedError', /PyTorch model/],
    ['a pickle', [fileOf('m.pth', Uint8Array.of(0x80, 2, 0x8a, 0x0a))], 'UnsupportedError', /Python pickle/],
    ['safetensors', [fileOf('m', Uint8Array.from([60, 0, 0, 0, 0, 0, 0, 0, ...bytesOf('{"w":{"dtype":"F32","shape":[1]}}')]))], 'UnsupportedError', /safetensors/],
    ['a zip without a model', [zipped({ 'a/cat.png': bytesOf('x') })], 'FormatError', /no model that Whittle knows/],
    ['anything else', [fileOf('notes.txt', 'hello')], 'FormatError', /notes\.txt: no model that Whittle knows\. It reads: TensorFlow\.js graph model/],
  ] as const)('%s', async (_, given, name, message) => {
    await expect(open(given)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});

describe('a recipe', () => {
  it('is told from a model', async () => {
    expect(await isRecipe(fileOf('r.json', '{"version":1,"steps":[]}'))).toBe(true);
    expect(await isRecipe(graph()[0]!)).toBe(false);
    expect(await isRecipe(fileOf('r.json', '{'))).toBe(false);
  });
});
