"""TFLiteConverter on one of the bundled models: time of convert(), memory, and the file, for a comparison in the same minute.

    python convert.py MODEL.keras OUT.tflite [float|float16|dynamic|int8|int16x8] [--per-tensor] [--images N]

Needs tensorflow and keras. Prints one JSON object.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

SAMPLES = Path(__file__).parents[2] / "public" / "samples" / "fashion-mnist-test.npz"


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("out")
    arguments.add_argument("mode", nargs="?", default="int8")
    arguments.add_argument("--per-tensor", action="store_true")
    arguments.add_argument("--images", type=int, default=500)
    options = arguments.parse_args()
    images = (np.load(SAMPLES)["x_train"][: options.images, :, :, None] / np.float32(255)).astype(np.float32)
    model = keras.models.load_model(options.model, compile=False)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if options.mode != "float":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if options.mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if options.mode in ("int8", "int16x8"):
        converter.representative_dataset = lambda: ([image[None]] for image in images)
    if options.mode == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    if options.mode == "int16x8":
        ops = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [ops]
    if options.per_tensor:
        converter._experimental_disable_per_channel = True
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    before = peak_megabytes()
    started = time.perf_counter()
    written = converter.convert()
    seconds = time.perf_counter() - started
    Path(options.out).write_bytes(written)
    print(json.dumps({
        "mode": options.mode,
        "bytes": len(written),
        "convert_seconds": round(seconds, 3),
        "peak_megabytes": round(peak_megabytes()),
        "megabytes_before_convert": round(before),
    }))


main()
