/** Is it a `.keras` archive? By its members, never by its name. */
import type { Zip } from '../../lib/zip';

/** True for an archive with the members of a Keras 3 model, in its root or in one folder. */
export function isKerasArchive(zip: Zip): boolean {
  return kerasRoot(zip) !== null;
}

/** The folder that holds `config.json` beside Keras's weights or metadata: '' or 'name/'; null when there is none. */
export function kerasRoot(zip: Zip): string | null {
  for (const { name } of zip.members) {
    if (!name.endsWith('config.json') || name.split('/').length > 2) continue;
    const root = name.slice(0, -'config.json'.length);
    if (root !== '' && !root.endsWith('/')) continue;
    if (['metadata.json', 'model.weights.h5', 'model.weights.npz'].some((member) => zip.has(root + member))) return root;
  }
  return null;
}
