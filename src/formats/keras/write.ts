/**
 * Writes a `.keras` archive of Keras 3: `config.json`, `metadata.json` with the recipe, and `model.weights.h5`, stored as
 * Keras stores them. The same graph gives the same bytes.
 */
import { zipSync } from 'fflate';
import type { Graph } from '../../ir/graph';
import type { Recipe } from '../../passes/pass';
import type { WriteResult } from '../format';
import { writeHdf5 } from '../hdf5-write';
import { exportLayers, refusalOf } from '../keras-export/export-layers';
import type { ExportModel } from '../keras-export/export-model';
import { expansionNotes, numbersOf } from '../keras-export/floats';
import { keras3Model } from '../keras-export/keras-json';
import { savedPaths } from '../keras-export/saved-paths';
import { kerasTarget } from '../keras-export/target';

/** The version whose files these are; every file was opened with it. */
const KERAS_VERSION = '3.15.1';
const LABEL = 'A .keras archive';
/** The earliest that a zip archive can say. */
const ZIP_TIME = new Date(1980, 0, 1);

export function canWriteKeras(graph: Graph): true | string {
  return refusalOf(graph, kerasTarget, LABEL);
}

export async function writeKeras(graph: Graph, _options: unknown, recipe: Recipe | undefined): Promise<WriteResult> {
  const model = exportLayers(graph, kerasTarget, LABEL);
  const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const metadata = { keras_version: KERAS_VERSION, ...(recipe && { whittle_recipe: recipe }) };
  const members = {
    'metadata.json': encode(metadata),
    'config.json': encode(keras3Model(model, kerasTarget)),
    'model.weights.h5': await weightsFile(model),
  };
  const bytes = zipSync(members, { level: 0, mtime: ZIP_TIME }) as Uint8Array<ArrayBuffer>;
  return { files: [{ name: 'model.keras', bytes }], diagnostics: expansionNotes(model) };
}

function weightsFile(model: ExportModel): Promise<Uint8Array<ArrayBuffer>> {
  const paths = savedPaths(model.topology.layers, model.weights);
  return writeHdf5((hdf5) => {
    hdf5.group('/vars');
    hdf5.text('/vars', 'name', model.topology.name);
    for (const { name, group } of paths.layers) {
      hdf5.group(`/${group}/vars`);
      hdf5.text(`/${group}/vars`, 'name', name);
    }
    for (const { group, index, weight } of paths.weights) {
      hdf5.dataset(`/${group}/vars/${index}`, weight.tensor.shape, numbersOf(weight.tensor));
    }
  });
}
