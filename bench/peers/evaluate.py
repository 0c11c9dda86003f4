"""Runs .tflite files in TensorFlow Lite's interpreter: accuracy with XNNPACK and with the reference kernels, and how far they agree.

    python evaluate.py [--limit N] [--outputs OUT.npz] FILE.tflite …

Any input and output type: numbers are converted by the file's own scales. The images are those of the bundled sample.
Needs tensorflow (2.21 was used). Prints one JSON object a file.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
import tensorflow as tf

SAMPLES = Path(__file__).parents[2] / "public" / "samples" / "fashion-mnist-test.npz"
RESOLVERS = tf.lite.experimental.OpResolverType


def to_input(images, detail):
    scale, zero_point = detail["quantization"]
    if scale == 0:
        return images.astype(detail["dtype"])
    info = np.iinfo(detail["dtype"])
    return np.clip(np.round(images / scale) + zero_point, info.min, info.max).astype(detail["dtype"])


def run(path, images, resolver):
    interpreter = tf.lite.Interpreter(str(path), num_threads=2, experimental_op_resolver_type=resolver)
    detail = interpreter.get_input_details()[0]
    batch = int(detail["shape_signature"][0])
    if batch == -1:
        batch = 200
        interpreter.resize_tensor_input(detail["index"], [batch, *detail["shape"][1:]])
    interpreter.allocate_tensors()
    output = interpreter.get_output_details()[0]
    rows = []
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        if len(part) < batch:
            part = np.concatenate([part, np.zeros((batch - len(part), *part.shape[1:]), part.dtype)])
        interpreter.set_tensor(detail["index"], to_input(part, detail))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(output["index"]).copy())
    return np.concatenate(rows)[: len(images)]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("files", nargs="+")
    arguments.add_argument("--limit", type=int, default=10_000)
    arguments.add_argument("--outputs")
    options = arguments.parse_args()
    data = np.load(SAMPLES)
    images = (data["x_test"][: options.limit, :, :, None] / np.float32(255)).astype(np.float32)
    labels = data["y_test"][: options.limit]
    kept = {}
    for name in options.files:
        nbytes = Path(name).read_bytes()
        default = run(name, images, RESOLVERS.AUTO)
        reference = run(name, images, RESOLVERS.BUILTIN_REF)
        kept[Path(name).stem] = default
        found, strict = default.argmax(-1), reference.argmax(-1)
        print(json.dumps({
            "file": name,
            "bytes": len(nbytes),
            "gzip": len(gzip.compress(nbytes, 9, mtime=0)),
            "accuracy": round(float((found == labels).mean()) * 100, 2),
            "reference_accuracy": round(float((strict == labels).mean()) * 100, 2),
            "agreement_with_reference": round(float((found == strict).mean()) * 100, 3),
        }), flush=True)
    if options.outputs:
        np.savez(options.outputs, **kept)


main()
