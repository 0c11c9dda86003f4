/**
 * Which of a TensorFlow Lite model's operators other runtimes take: microcontrollers, the Coral Edge TPU, and GPUs. By their
 * makers' lists and the conditions that can be read off a file; the last word has the runtime's own compiler.
 */
import type { FlatModel, FlatOperator, FlatTensor, TensorType } from '../formats/tflite/flat-model';
import { edgeTpuRuntime, gpuRuntime, microRuntime, type RuntimeList } from './runtime-support-lists';

export interface UnsupportedOperator {
  /** Its schema name, e.g. `CONV_2D`; a custom one by its own. */
  readonly op: string;
  readonly count: number;
  /** Follows `CONV_2D: `, e.g. `works on float32; only 8-bit integers run there`. */
  readonly why: string;
}

export interface RuntimeSupport {
  readonly runtime: 'micro' | 'edge-tpu' | 'gpu';
  readonly label: string;
  /** Where the list of operators is. */
  readonly source: string;
  /** Every operator can run there. */
  readonly supported: boolean;
  readonly unsupported: readonly UnsupportedOperator[];
}

export function runtimeSupport(model: FlatModel): readonly RuntimeSupport[] {
  return [
    reportOf('micro', microRuntime, microProblem, model),
    reportOf('edge-tpu', edgeTpuRuntime, edgeTpuProblem, model),
    reportOf('gpu', gpuRuntime, gpuProblem, model),
  ];
}

/** An operator with its tensors; constants are told by their data. */
interface Use {
  readonly operator: FlatOperator;
  readonly inputs: readonly (FlatTensor | undefined)[];
  readonly outputs: readonly (FlatTensor | undefined)[];
}

/** null: it can run. */
type FindProblem = (use: Use) => string | null;

function reportOf(runtime: RuntimeSupport['runtime'], { label, source, operators }: RuntimeList, problemOf: FindProblem, model: FlatModel): RuntimeSupport {
  const counts = new Map<string, UnsupportedOperator>();
  for (const use of usesOf(model)) {
    const why = operators.has(use.operator.op) ? problemOf(use) : 'no kernel for it';
    if (why === null) continue;
    const op = use.operator.customCode ?? use.operator.op;
    const key = `${op}: ${why}`;
    counts.set(key, { op, why, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const unsupported = [...counts.values()];
  return { runtime, label, source, supported: unsupported.length === 0, unsupported };
}

function usesOf(model: FlatModel): readonly Use[] {
  return model.subgraphs.flatMap(({ operators, tensors }) =>
    operators.map((operator) => ({
      operator,
      inputs: operator.inputs.map((index) => tensors[index]),
      outputs: operator.outputs.map((index) => tensors[index]),
    })),
  );
}

/** Which input holds the weights of operators that have some. */
const weightedInputs: Readonly<Record<string, { readonly activation: number; readonly weights: number }>> = {
  CONV_2D: { activation: 0, weights: 1 },
  DEPTHWISE_CONV_2D: { activation: 0, weights: 1 },
  FULLY_CONNECTED: { activation: 0, weights: 1 },
  TRANSPOSE_CONV: { activation: 2, weights: 1 },
};

/** As the checks in the kernels' Prepare functions (tensorflow/lite/micro/kernels). */
function microProblem({ operator, inputs }: Use): string | null {
  if (inputs.some((tensor) => tensor?.sparsity)) return 'takes no sparse weights';
  if (operator.op === 'DEQUANTIZE') {
    const type = inputs[0]?.type;
    return type === 'INT8' || type === 'INT16' || type === 'UINT8' ? null : `does not take ${nameOf(type)}`;
  }
  const places = weightedInputs[operator.op];
  if (!places) return null;
  const activation = inputs[places.activation]?.type;
  const weights = inputs[places.weights]?.type;
  if (activation === 'FLOAT32' && weights !== 'FLOAT32') return `keeps no ${nameOf(weights)} weights under float32 activations`;
  if (activation === 'UINT8') return 'works on int8, int16 and float32, not on uint8';
  if (activation === 'INT16' && weights !== 'INT8') return `keeps no ${nameOf(weights)} weights under int16 activations`;
  return null;
}

/** The largest list that the Edge TPU's softmax takes. */
const EDGE_TPU_SOFTMAX_SIZE = 16_000;

function edgeTpuProblem({ operator, inputs, outputs }: Use): string | null {
  const activations = [...inputs, ...outputs].filter((tensor) => tensor && !tensor.data);
  const other = activations.find((tensor) => tensor && !isEightBit(tensor.type));
  if (other) return `works on ${nameOf(other.type)}; only 8-bit integers run there`;
  const places = weightedInputs[operator.op];
  const weights = places && inputs[places.weights];
  if (weights && !weights.data) return 'needs weights that are constants';
  if (weights && !isEightBit(weights.type)) return `has ${nameOf(weights.type)} weights; only 8-bit integers run there`;
  const deep = activations.find((tensor) => (tensor?.shape ?? []).slice(0, -3).some((size) => size > 1));
  if (deep) return `works on a batch of ${deep.shape!.slice(0, -3).join('×')}; only one example at a time runs there`;
  if (/^(AVERAGE|MAX)_POOL_2D$|^CONCATENATION$/.test(operator.op) && operator.options?.fields.fusedActivationFunction) {
    return 'runs there only without a fused activation';
  }
  if (operator.op === 'SOFTMAX' && (inputs[0]?.shape ?? []).reduce((a, b) => a * b, 1) > EDGE_TPU_SOFTMAX_SIZE) {
    return `has more than ${EDGE_TPU_SOFTMAX_SIZE} inputs`;
  }
  const isOpen = activations.some((tensor) => tensor?.shape === null || tensor?.shapeSignature?.includes(-1));
  return isOpen ? 'has an open size; give the file a fixed batch' : null;
}

function gpuProblem({ inputs, outputs }: Use): string | null {
  const isInt16 = [...inputs, ...outputs].some((tensor) => tensor?.type === 'INT16' && tensor.quantization && !tensor.data);
  return isInt16 ? 'works on int16; GPUs take float and 8-bit integers' : null;
}

function isEightBit(type: TensorType): boolean {
  return type === 'INT8' || type === 'UINT8';
}

function nameOf(type: TensorType | undefined): string {
  return type?.toLowerCase() ?? 'missing';
}
