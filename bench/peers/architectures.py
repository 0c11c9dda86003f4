"""Ten architectures of keras.applications with seeded random weights, and TFLiteConverter's files of them, to compare exports with.

    python architectures.py OUT [NAME …]

For each NAME: OUT/NAME.keras, OUT/NAME.npz (x: 16 images to compare on; x_train: 32 others to calibrate on; y: Keras's outputs),
OUT/NAME.{float,dynamic,int8}.tflite by the converter, and a line of OUT/peers.json with the SQNR of each file's outputs to Keras's.
Batch-norm statistics are set by one pass over the calibration images, so that activations have the sizes of a trained net's; gammas
and betas are spread as a trained net's are, for with gammas of one and betas of zero deep nets are chaotic: any rounding, the order of
additions included, grows until it drowns the answer, and a comparison would compare luck.
Needs tensorflow and keras.
"""

import json
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

SEED = 1
SIZE = 96
CLASSES = 100
MAKERS = {
    "MobileNet": keras.applications.MobileNet,
    "MobileNetV2": keras.applications.MobileNetV2,
    "MobileNetV3Small": keras.applications.MobileNetV3Small,
    "EfficientNetB0": keras.applications.EfficientNetB0,
    "ResNet50": keras.applications.ResNet50,
    "DenseNet121": keras.applications.DenseNet121,
    "InceptionV3": keras.applications.InceptionV3,
    "Xception": keras.applications.Xception,
    "NASNetMobile": keras.applications.NASNetMobile,
    "ConvNeXtTiny": keras.applications.ConvNeXtTiny,
}
TAKES_BYTES = {"MobileNetV3Small", "EfficientNetB0", "ConvNeXtTiny"}


def images(count, random):
    """Smooth coloured noise in 0…255: each image a mixture of coarse and fine grids, resized."""
    total = np.zeros((count, SIZE, SIZE, 3), np.float32)
    for cells in (3, 6, 12, 24, 48):
        grid = random.normal(size=(count, cells, cells, 3)).astype(np.float32)
        total += tf.image.resize(grid, (SIZE, SIZE)).numpy() / np.sqrt(cells / 3)
    total -= total.min(axis=(1, 2, 3), keepdims=True)
    total /= total.max(axis=(1, 2, 3), keepdims=True)
    return np.round(total * 255).astype(np.float32)


def sqnr(expected, actual):
    noise = np.sum((expected - actual) ** 2)
    return float(10 * np.log10(np.sum(expected**2) / noise)) if noise > 0 else 999.0


def run(written, x):
    interpreter = tf.lite.Interpreter(model_content=written, num_threads=2)
    detail = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(detail["index"], x[:1].shape)
    interpreter.allocate_tensors()
    output = interpreter.get_output_details()[0]["index"]
    rows = []
    for image in x:
        interpreter.set_tensor(detail["index"], image[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(output)[0].copy())
    return np.stack(rows)


def convert(model, mode, calibration):
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if mode != "float":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if mode == "int8":
        converter.representative_dataset = lambda: ([image[None]] for image in calibration)
    started = time.perf_counter()
    written = converter.convert()
    return written, time.perf_counter() - started


def main(folder, names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    report_file = folder / "peers.json"
    report = json.loads(report_file.read_text()) if report_file.exists() else {}
    for name in names or MAKERS:
        keras.utils.set_random_seed(SEED)
        random = np.random.default_rng(SEED)
        options = {} if name in TAKES_BYTES else {"classifier_activation": "softmax"}
        model = MAKERS[name](weights=None, classes=CLASSES, input_shape=(SIZE, SIZE, 3), **options)
        x, calibration = images(16, random), images(32, random)
        if name not in TAKES_BYTES:
            x, calibration = x / 127.5 - 1, calibration / 127.5 - 1
        norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        for layer in norms:
            layer.momentum = 0.0
            layer.gamma is None or layer.gamma.assign(random.uniform(0.5, 1, layer.gamma.shape))
            layer.beta is None or layer.beta.assign(random.normal(0, 0.5, layer.beta.shape))
        model(calibration, training=True)
        for layer in norms:
            layer.momentum = 0.99
        # Sharper classes than random weights give, so that a softmax's rounding does not hide the error before it.
        last = model.layers[-1]
        kernel = last.get_weights()
        logits = keras.Model(model.inputs, last.input)(calibration[:8]) if isinstance(last, keras.layers.Dense) else None
        if logits is not None:
            spread = np.std(np.asarray(logits) @ kernel[0])
            last.set_weights([kernel[0] * (2 / max(spread, 1e-6)), *kernel[1:]])
        model.save(folder / f"{name}.keras")
        y = np.asarray(model(x, training=False))
        np.savez(folder / f"{name}.npz", x=x, x_train=calibration, y=y)
        report[name] = {"parameters": model.count_params()}
        for mode in ("float", "dynamic", "int8"):
            try:
                written, seconds = convert(model, mode, calibration)
                (folder / f"{name}.{mode}.tflite").write_bytes(written)
                report[name][mode] = {"bytes": len(written), "seconds": round(seconds, 2), "sqnr": round(sqnr(y, run(written, x)), 2)}
            except Exception as error:  # a peer that fails is a result too
                report[name][mode] = {"error": str(error)[:300]}
        print(name, json.dumps(report[name]), flush=True)
        report_file.write_text(json.dumps(report, indent=1))
        keras.backend.clear_session()


main(sys.argv[1], sys.argv[2:])
