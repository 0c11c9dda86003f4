/** Energies that others measured, as they published them. */

/**
 * Networks on a Coral Edge TPU: billions of operations (two a MAC), millions of int8 weights, power and frames a second as QuTiBench
 * publishes them (github.com/RCL-lab/QutibenchWeb, commit 66c3aaa, cnn_topologies_compute_memory_requirements.csv and
 * cleaned_csv/experimental_data_imagenet.csv, EdgeTPU-fast, batch 1).
 */
export const edgeTpu = [
  { name: 'MobileNetV1', gops: 1.1, weights: 4.2e6, watts: 0.532, framesPerSecond: 389.034 },
  { name: 'GoogLeNetV1', gops: 3.1, weights: 6e6, watts: 0.538, framesPerSecond: 274.084 },
  { name: 'EfficientNet-S', gops: 4.7, weights: 5.4e6, watts: 1.999, framesPerSecond: 200.148 },
  { name: 'EfficientNet-M', gops: 7.4, weights: 6.9e6, watts: 2.018, framesPerSecond: 111.113 },
  { name: 'ResNet-50', gops: 7.7, weights: 25.5e6, watts: 1.19, framesPerSecond: 24.727 },
  { name: 'EfficientNet-L', gops: 19.4, weights: 10.6e6, watts: 2.881, framesPerSecond: 38.462 },
];
