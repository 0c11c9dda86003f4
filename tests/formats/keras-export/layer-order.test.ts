import { describe, expect, it } from 'vitest';
import { inKerasOrder } from '../../../src/formats/keras-export/layer-order';
import { normalizeModel } from '../../../src/formats/keras-layers/normalize-model';
import { parseJson } from '../../../src/formats/json';
import { openZip } from '../../../src/lib/zip';
import { fileOf } from '../../../src/lib/source-file';
import { caseFileBytes, kerasCases } from '../../fixtures/keras/cases';

/** Keras writes layers in its own order, so its files are the oracle. */
describe('inKerasOrder', () => {
  const files = kerasCases()
    .filter(({ group }) => group === 'model' || group === 'ops' || group === 'merging')
    .flatMap(({ id, files: all }) => all.filter(({ kind }) => kind === 'keras').map(({ path }) => ({ id, path })));

  it('lists the layers of a shuffled model as Keras does', async () => {
    let compared = 0;
    for (const { id, path } of files) {
      const zip = await openZip(fileOf('model.keras', caseFileBytes(path) as Uint8Array<ArrayBuffer>));
      const config = await zip.open('config.json');
      const model = normalizeModel(parseJson(await config.blob.text(), id), 'keras3');
      if (model.className !== 'Functional') continue;
      const names = model.layers.map(({ name }) => name);
      // Keras lists inputs that nothing reads where they were given, which decides nothing.
      const outputs = model.outputs.map(({ ref }) => ref);
      const ordered = inKerasOrder(model.layers.toReversed(), outputs).map(({ name }) => name);
      expect([id, ...ordered]).toEqual([id, ...names]);
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('leaves out what no output needs, but no input', () => {
    const model = normalizeModel(
      {
        class_name: 'Functional',
        config: {
          name: 'm',
          layers: [
            { class_name: 'InputLayer', name: 'a', config: { name: 'a', batch_shape: [null, 2] }, inbound_nodes: [] },
            { class_name: 'InputLayer', name: 'unused', config: { name: 'unused', batch_shape: [null, 2] }, inbound_nodes: [] },
            { class_name: 'Flatten', name: 'dead', config: { name: 'dead' }, inbound_nodes: [[['unused', 0, 0, {}]]] },
            { class_name: 'ReLU', name: 'relu', config: { name: 'relu' }, inbound_nodes: [[['a', 0, 0, {}]]] },
          ],
          input_layers: [['a', 0, 0], ['unused', 0, 0]],
          output_layers: [['relu', 0, 0]],
        },
      },
      'keras2',
    );
    expect(inKerasOrder(model.layers, model.outputs.map(({ ref }) => ref)).map(({ name }) => name)).toEqual(['a', 'unused', 'relu']);
  });
});
