/** The work of every pass, loaded when it is first needed. The record does not compile with a pass forgotten. */
import type { Pass, PassId } from './pass';

const loaders = {
  'clean-up': async () => (await import('./clean-up/run')).cleanUp,
  distil: async () => (await import('./distil/run')).distil,
  'fine-tune': async () => (await import('./fine-tune/run')).fineTune,
  'fold-batch-norm': async () => (await import('./fold-batch-norm/run')).foldBatchNorm,
  factorize: async () => (await import('./factorize/run')).factorize,
  'equalize-layers': async () => (await import('./equalize-layers/run')).equalizeLayers,
  'prune-channels': async () => (await import('./prune-channels/run')).pruneChannels,
  'prune-magnitude': async () => (await import('./prune-magnitude/run')).pruneMagnitude,
  'cluster-weights': async () => (await import('./cluster-weights/run')).clusterWeights,
  adaround: async () => (await import('./adaround/run')).adaround,
  'quantize-weights': async () => (await import('./quantize-weights/run')).quantizeWeights,
  'quantize-integer': async () => (await import('./quantize-integer/run')).quantizeInteger,
  'correct-bias': async () => (await import('./correct-bias/run')).correctBias,
} satisfies { [I in PassId]: () => Promise<Pick<Pass, 'meta'>> };

export async function loadPass(id: PassId): Promise<Pass> {
  return (await loaders[id]()) as unknown as Pass;
}
