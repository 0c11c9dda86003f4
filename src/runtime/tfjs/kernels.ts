/** The kernel of every operator. A missing one does not compile. */
import type { OpName } from '../../ops/signatures';
import type { Kernel } from './kernel';
import { activationKernels } from './activations';
import { conv1d, conv2d, conv3d, depthwiseConv2d } from './convolution';
import { nonMaxSuppression } from './detection';
import { einsum } from './einsum';
import { binaryKernels, unaryKernels } from './elementwise';
import { batchMatMul, dense } from './linear';
import { movementKernels } from './movement';
import { batchNorm, groupNorm, l2Normalize, layerNorm, localResponseNorm } from './normalization';
import { averagePool, maxPool } from './pooling';
import { bucketize, categoryEncode } from './preprocessing';
import { convLstm2d, gru, lstm, simpleRnn } from './recurrent';
import { reductionKernels } from './reduction';
import { shapeKernels } from './shape';
import { realFft } from './spectral';
import { transposeConv2d, transposeConv3d } from './transpose-convolution';

export const kernels = {
  ...activationKernels,
  ...binaryKernels,
  ...unaryKernels,
  ...reductionKernels,
  ...shapeKernels,
  ...movementKernels,
  conv1d,
  conv2d,
  conv3d,
  'depthwise-conv2d': depthwiseConv2d,
  'transpose-conv2d': transposeConv2d,
  'transpose-conv3d': transposeConv3d,
  dense,
  'batch-matmul': batchMatMul,
  einsum,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  'group-norm': groupNorm,
  'l2-normalize': l2Normalize,
  'local-response-norm': localResponseNorm,
  'max-pool': maxPool,
  'average-pool': averagePool,
  'non-max-suppression': nonMaxSuppression,
  lstm,
  gru,
  'simple-rnn': simpleRnn,
  'conv-lstm2d': convLstm2d,
  'real-fft': realFft,
  'category-encode': categoryEncode,
  bucketize,
} satisfies { [O in OpName]: Kernel<O> };
