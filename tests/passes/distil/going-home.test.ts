/** Students go home: written and read back they compute the same. What writes and reads is tested against Keras elsewhere. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { loadFormat } from '../../../src/formats/index';
import { canWriteTflite } from '../../../src/formats/tflite/write';
import { defaultsOf } from '../../../src/options/options';
import { distilOptions } from '../../../src/passes/distil/meta';
import { distil } from '../../../src/passes/distil/run';
import { repeatedBlocks } from '../../../src/passes/distil/shorten';
import { openFiles, TOLERANCE, writeDefaults } from '../../formats/keras-export/exported-cases';
import { fashionOriginal } from '../examples';
import { fakeTrainer } from '../fake-trainer';
import { contextOf, inputsOf, runGraph } from '../run-graph';

async function studentOf(teacher: Graph, student: 'width' | 'slim' | 'depth'): Promise<Graph> {
  const options = { ...defaultsOf(distilOptions), student };
  return (await distil.run(teacher, options, { ...contextOf(options, teacher), trainer: fakeTrainer() })).graph;
}

describe('a residual classifier', () => {
  it('has repeated blocks', async () => {
    expect(repeatedBlocks(await fashionOriginal('fashion_mobile')).length).toBeGreaterThanOrEqual(2);
  });

  describe.each(['width', 'slim', 'depth'] as const)('its student by %s', (kind) => {
    it.each(['keras', 'keras-h5', 'tfjs-layers', 'tfjs-graph'] as const)('comes back from %s', async (id) => {
      const student = await studentOf(await fashionOriginal('fashion_mobile'), kind);
      const back = await openFiles(await writeDefaults(await loadFormat(id), student));
      const inputs = inputsOf(student);
      const [[expected], [actual]] = [await runGraph(student, inputs), await runGraph(back, inputs)];
      expect(actual!.shape).toEqual([3, 10]);
      expected!.data.forEach((value, i) => expect(Math.abs(value - actual!.data[i]!)).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(value))));
    });

    it('can be written for TensorFlow Lite', async () => {
      expect(canWriteTflite(await studentOf(await fashionOriginal('fashion_mobile'), kind))).toBe(true);
    });
  });
});
