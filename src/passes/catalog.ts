/** All passes as data, in the order in which a recipe makes most sense. Imports no work. */
import { adaroundMeta } from './adaround/meta';
import { cleanUpMeta } from './clean-up/meta';
import { clusterWeightsMeta } from './cluster-weights/meta';
import { correctBiasMeta } from './correct-bias/meta';
import { distilMeta } from './distil/meta';
import { equalizeLayersMeta } from './equalize-layers/meta';
import { factorizeMeta } from './factorize/meta';
import { fineTuneMeta } from './fine-tune/meta';
import { foldBatchNormMeta } from './fold-batch-norm/meta';
import type { PassId, PassMeta } from './pass';
import { pruneChannelsMeta } from './prune-channels/meta';
import { pruneMagnitudeMeta } from './prune-magnitude/meta';
import { quantizeIntegerMeta } from './quantize-integer/meta';
import { quantizeWeightsMeta } from './quantize-weights/meta';

export const passCatalog: readonly PassMeta[] = [
  cleanUpMeta,
  distilMeta,
  foldBatchNormMeta,
  factorizeMeta,
  equalizeLayersMeta,
  pruneChannelsMeta,
  pruneMagnitudeMeta,
  clusterWeightsMeta,
  fineTuneMeta,
  adaroundMeta,
  quantizeWeightsMeta,
  quantizeIntegerMeta,
  correctBiasMeta,
];

/** The description of a pass; undefined for an id that no pass has. */
export function findPassMeta(id: string): PassMeta | undefined {
  return passCatalog.find((meta) => meta.id === (id as PassId));
}
