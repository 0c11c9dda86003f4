/** Which models of the installed packages make up the corpus, and what to feed each. */

export interface Chosen {
  readonly id: string;
  readonly folder: string;
  readonly path: string;
  readonly form?: 'nsfwjs-js';
  /** For each input, in order; where left out, the model's own shape. */
  readonly shapes?: readonly (readonly number[])[];
  readonly range?: readonly [number, number];
  /** tfjs 4.22 loads it, but its executor fails on a list of strings: there are no outputs to record. */
  readonly loadOnly?: true;
  readonly covers: string;
}

const HUMAN = '@vladmandic/human';
const PIXELS = [0, 255] as const;

export const CHOSEN: readonly Chosen[] = [
  {
    id: 'nsfwjs-mobilenet-v2-mid', folder: 'nsfwjs', path: 'dist/models/mobilenet_v2_mid/model.min.js', form: 'nsfwjs-js',
    covers: 'fused MobileNetV2, JS-wrapped, two shards',
  },
  {
    id: 'nsfwjs-mobilenet-v2', folder: 'nsfwjs', path: 'dist/models/mobilenet_v2/model.min.js', form: 'nsfwjs-js',
    covers: 'Keras 2.2.4 layers: unfolded batch norms, ZeroPadding2D, Dense',
  },
  {
    id: 'nsfwjs-inception-v3', folder: 'nsfwjs', path: 'dist/models/inception_v3/model.min.js', form: 'nsfwjs-js',
    covers: '94 convolutions with batch norm, wide Concatenate, six shards',
  },
  {
    id: 'esrgan-slim', folder: '@upscalerjs/default-model', path: 'models/model.json', shapes: [[1, 24, 20, 3]],
    covers: 'free image size, residual blocks, UpSampling2D',
  },
  {
    id: 'pixel-upsampler-2x', folder: '@upscalerjs/pixel-upsampler', path: 'models/x2/x2.json', shapes: [[1, 9, 7, 3]],
    covers: 'a layers model without weights, written by tfjs-layers',
  },
  {
    id: 'pixel-upsampler-3x', folder: '@upscalerjs/pixel-upsampler', path: 'models/x3/x3.json', shapes: [[2, 5, 8, 3]],
    covers: 'the same, odd factor, batch of two',
  },
  {
    id: 'antispoof', folder: HUMAN, path: 'models/antispoof.json',
    covers: 'small CNN, float16, one sigmoid output',
  },
  {
    id: 'blazeface', folder: HUMAN, path: 'models/blazeface.json', range: [-1, 1],
    covers: 'depthwise, channel Pad, four outputs',
  },
  {
    id: 'centernet', folder: HUMAN, path: 'models/centernet.json', range: PIXELS,
    covers: 'TopKV2, GatherV2, Equal, FloorMod after a BiFPN',
  },
  {
    id: 'emotion', folder: HUMAN, path: 'models/emotion.json',
    covers: 'separable CNN on one channel',
  },
  {
    id: 'facemesh', folder: HUMAN, path: 'models/facemesh.json',
    covers: 'Prelu, fused and alone',
  },
  {
    id: 'faceres', folder: HUMAN, path: 'models/faceres.json', range: PIXELS,
    covers: 'hard-swish from Minimum and Maximum, three outputs',
  },
  {
    id: 'handlandmark-lite', folder: HUMAN, path: 'models/handlandmark-lite.json',
    covers: 'AddN, plain Conv2D, four outputs',
  },
  {
    id: 'iris', folder: HUMAN, path: 'models/iris.json',
    covers: 'Prelu, ConcatV2 of two heads',
  },
  {
    id: 'liveness', folder: HUMAN, path: 'models/liveness.json',
    covers: 'tiny; Mul and Add for the batch norm',
  },
  {
    id: 'movenet-lightning', folder: HUMAN, path: 'models/movenet-lightning.json', range: PIXELS,
    covers: 'int32 input, ArgMax, GatherNd, Unpack, FloorDiv',
  },
  {
    id: 'age-ssrnet', folder: 'human-1', path: 'models/age.json',
    covers: 'Tanh, AvgPool, StridedSlice, RealDiv',
  },
  {
    id: 'gender', folder: 'human-1', path: 'models/gender.json',
    covers: 'small separable CNN without Relu nodes',
  },
  {
    id: 'blazepose', folder: 'human-1', path: 'models/blazepose.json',
    covers: 'plain Conv2D with Add and Relu, ResizeBilinear, large outputs',
  },
  {
    id: 'handdetect', folder: 'human-1', path: 'models/handdetect.json', range: [-1, 1],
    covers: 'Conv2DBackpropInput',
  },
  {
    id: 'mobileface', folder: 'human-1', path: 'models/mobileface.json', range: PIXELS,
    covers: 'MatMul, plain Pad and Conv2D',
  },
  {
    id: 'nanodet', folder: 'human-1', path: 'models/nanodet.json',
    covers: 'NCHW input, Transpose, SparseToDense, PadV2, LeakyRelu, SplitV',
  },
  {
    id: 'posenet', folder: 'human-1', path: 'models/posenet.json', range: [-1, 1],
    covers: 'uint16 weights, BiasAdd and Relu6 unfused',
  },
  {
    id: 'basic-pitch', folder: '@spotify/basic-pitch', path: 'model/model.json', range: [-1, 1],
    covers: 'audio: 1-D as 2-D convolutions, MirrorPad, Log, DivNoNan, Min, Max',
  },
  {
    id: 'handtrack', folder: HUMAN, path: 'models/handtrack.json', shapes: [[1, 64, 64, 3]], range: PIXELS,
    covers: 'refused: Enter, Merge, LoopCond, TensorList…, dynamic image size',
  },
  {
    id: 'language-detection', folder: '@vscode/vscode-languagedetection', path: 'model/model.json', loadOnly: true,
    covers: 'refused: StatelessWhile with library functions, string input and weights',
  },
];
