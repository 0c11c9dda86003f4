/** Reads a `.keras` archive: `config.json` for the topology, `model.weights.h5` for the weights. */
import { WhittleError, throwIfCancelled } from '../../lib/errors';
import { baseName, type SourceFile } from '../../lib/source-file';
import type { Tensor } from '../../ir/tensor';
import type { ReadInput, ReadResult } from '../format';
import { withHdf5 } from '../hdf5';
import { isObject, parseJson } from '../json';
import { buildGraph } from '../keras-layers/build-graph';
import { normalizeModel } from '../keras-layers/normalize-model';
import { generationOf, producerOf } from '../keras-layers/producer';
import { readSavedWeights } from '../keras-layers/saved-weights';
import { storedRecipe } from '../stored-recipe';
import { openZip, type Zip } from '../../lib/zip';
import { kerasRoot } from './detect';

export async function readKeras({ main, report, signal }: ReadInput): Promise<ReadResult> {
  report({ stage: 'Reading the archive', fraction: null });
  const zip = await openZip(main);
  const root = kerasRoot(zip);
  if (root === null) throw new WhittleError('FormatError', `${baseName(main.name)} holds no config.json beside Keras's metadata.json or weights, so it is no .keras model.`);
  const config = await readJson(zip, `${root}config.json`, main);
  const metadata = zip.has(`${root}metadata.json`) ? await readJson(zip, `${root}metadata.json`, main) : {};
  const version = isObject(metadata) && typeof metadata.keras_version === 'string' ? metadata.keras_version : null;
  // Keras 2.12 to 2.15 wrote the same archive.
  const generation = generationOf(version, config);
  const model = normalizeModel(config, generation);
  throwIfCancelled(signal);
  report({ stage: 'Reading weights', fraction: null });
  const weights = await readWeights(zip, root, main, (file) => withHdf5(file, (hdf5) => readSavedWeights(model, hdf5)));
  throwIfCancelled(signal);
  const source = { format: 'keras', producer: producerOf(version) };
  const recipe = isObject(metadata) ? storedRecipe(metadata.whittle_recipe) : undefined;
  return { ...buildGraph(model, { weights, generation, source }), ...(recipe && { recipe }) };
}

async function readJson(zip: Zip, name: string, main: SourceFile): Promise<unknown> {
  const file = await zip.open(name);
  return parseJson(await file.blob.text(), `${name} in ${baseName(main.name)}`);
}

async function readWeights(
  zip: Zip,
  root: string,
  main: SourceFile,
  read: (file: SourceFile) => Promise<Map<string, Tensor[]>>,
): Promise<Map<string, Tensor[]>> {
  const name = `${root}model.weights.h5`;
  if (zip.has(name)) return read(await zip.open(name));
  for (const other of ['model.weights.npz', 'model.weights.json']) {
    if (zip.has(root + other)) {
      throw new WhittleError('UnsupportedError', `${baseName(main.name)} keeps its weights in ${other}; Whittle reads model.weights.h5. Save the model with model.save('model.keras').`);
    }
  }
  throw new WhittleError('FormatError', `${baseName(main.name)} holds a topology and no weights (model.weights.h5 is missing). Save the whole model with model.save().`);
}
