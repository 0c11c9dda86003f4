"""Records what TensorFlow Lite's interpreter gives for the .tflite models of the installed packages, into tflite-models.json.

    python record-tflite.py

Needs ai-edge-litert 2.3 and TensorFlow 2.21 (for the schema's objects). Inputs are made by a formula, see `numbers`, so that a test can make
them too. Of every output, numbers spread over it are kept.
"""
import json, os, pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import flatbuffers
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from tensorflow.lite.python import schema_py_generated as schema

here = pathlib.Path(__file__).parent
PACKAGES = {"@mediapipe/face_detection": "Apache-2.0", "@mediapipe/selfie_segmentation": "Apache-2.0"}
KEPT = 200
CUSTOM, TRANSPOSE_CONV = 32, 67
CUSTOM_TRANSPOSE = b"Convolution2DTransposeBias"


def numbers(shape):
    count = int(np.prod(shape))
    return ((np.arange(count, dtype=np.uint64) * 2654435761 % 2**32) / 2**32).astype(np.float32).reshape(shape)


def with_builtin_operators(content):
    """MediaPipe's transposed convolution as the builtin one, which the interpreter has. Its options: padding, stride width, stride height."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    graph, changed = model.subgraphs[0], False
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if code.builtinCode != CUSTOM:
            continue
        assert code.customCode == CUSTOM_TRANSPOSE, code.customCode
        padding, stride_width, stride_height = (int(v) for v in np.frombuffer(bytes(bytearray(operator.customOptions))[:12], "<i4"))
        assert padding == 1, "SAME"
        x, weights, bias = operator.inputs
        batch, height, width, _ = graph.tensors[x].shape
        shape = np.array([batch, height * stride_height, width * stride_width, graph.tensors[weights].shape[0]], "<i4")
        buffer, tensor, entry, options = schema.BufferT(), schema.TensorT(), schema.OperatorCodeT(), schema.TransposeConvOptionsT()
        buffer.data = np.frombuffer(shape.tobytes(), np.uint8)
        model.buffers.append(buffer)
        tensor.name, tensor.shape, tensor.type, tensor.buffer = b"output_shape", np.array([4], np.int32), schema.TensorType.INT32, len(model.buffers) - 1
        graph.tensors.append(tensor)
        entry.builtinCode = entry.deprecatedBuiltinCode = TRANSPOSE_CONV
        entry.version = 3
        model.operatorCodes.append(entry)
        options.padding, options.strideW, options.strideH = schema.Padding.SAME, stride_width, stride_height
        operator.opcodeIndex, operator.inputs = len(model.operatorCodes) - 1, np.array([len(graph.tensors) - 1, weights, x, bias], np.int32)
        operator.builtinOptions, operator.builtinOptionsType, operator.customOptions = options, schema.BuiltinOptions.TransposeConvOptions, None
        changed = True
    if not changed:
        return content
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def operators_of(content):
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    codes = [(code.customCode or b"").decode() or names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes]
    counts = {}
    for operator in model.subgraphs[0].operators:
        counts[codes[operator.opcodeIndex]] = counts.get(codes[operator.opcodeIndex], 0) + 1
    return dict(sorted(counts.items()))


def described(path, package, licence):
    content = path.read_bytes()
    interpreter = Interpreter(model_content=with_builtin_operators(content))
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        assert detail["dtype"] == np.float32
        interpreter.set_tensor(detail["index"], numbers(detail["shape"]))
    interpreter.invoke()
    return {
        "id": path.stem,
        "package": package,
        "version": json.loads((path.parent / "package.json").read_text())["version"],
        "licence": licence,
        "path": path.name,
        "nbytes": len(content),
        "operators": operators_of(content),
        "inputs": [[int(size) for size in detail["shape"]] for detail in interpreter.get_input_details()],
        "outputs": [kept(interpreter.get_tensor(detail["index"])) for detail in interpreter.get_output_details()],
    }


def kept(values):
    """Every step-th number, and the largest magnitude of all."""
    flat = values.ravel()
    step = max(1, flat.size // KEPT)
    return {"shape": list(values.shape), "step": step, "largest": float(np.abs(flat).max()), "numbers": [float(f"{value:.9g}") for value in flat[::step]]}


models = []
for package, licence in PACKAGES.items():
    for path in sorted((here / "node_modules" / package).glob("*.tflite")):
        models.append(described(path, package, licence))
(here / "tflite-models.json").write_text("[\n" + ",\n".join(json.dumps(model) for model in models) + "\n]\n")
print(*(f"{model['id']} {model['operators']}" for model in models), sep="\n")
