/**
 * How much working memory TensorFlow Lite Micro will ask for (its "tensor arena"): activations placed as its greedy planner
 * places them, and an estimate of the structures around them on a 32-bit processor. Scratch memory that optimized kernels
 * request for themselves is not in it, so firmware should start above it and read the true number from the interpreter.
 * https://github.com/tensorflow/tflite-micro/blob/main/tensorflow/lite/micro/docs/memory_management.md
 */
import { planGreedily, type Occupancy } from './arena-plan';
import type { FlatModel, FlatOperator, FlatTensor, TensorType } from './flat-model';

export interface ArenaEstimate {
  /** Of all activations, by the plan: what the runtime itself computes. */
  readonly activationBytes: number;
  /** States that live on between runs, e.g. an LSTM's. */
  readonly variableBytes: number;
  /** Estimated: tensors' and operators' structures and kernels' tables. */
  readonly structureBytes: number;
  /** What to reserve at least, without the kernels' scratch memory. */
  readonly totalBytes: number;
}

export function estimateArena(model: FlatModel): ArenaEstimate {
  const activationBytes = planGreedily(occupancies(model));
  const tensors = model.subgraphs.flatMap((subgraph) => subgraph.tensors);
  const operators = model.subgraphs.flatMap((subgraph) => subgraph.operators.map((operator) => ({ operator, tensors: subgraph.tensors })));
  const variableBytes = sum([...tensors.filter((tensor) => tensor.isVariable), ...startValues(model)].map((tensor) => aligned(nbytesOf(tensor))));
  const [main] = model.subgraphs;
  const structureBytes =
    INTERPRETER_NBYTES +
    tensors.length * TENSOR_NBYTES +
    ((main?.inputs.length ?? 0) + (main?.outputs.length ?? 0)) * ENDPOINT_NBYTES +
    operators.length * OPERATOR_NBYTES +
    sum(operators.map(({ operator, tensors: own }) => kernelBytes(operator, own)));
  // The planner's own tables lie where activations will, before these do.
  const head = Math.max(activationBytes, tensors.length * PLANNING_NBYTES);
  return { activationBytes, variableBytes, structureBytes, totalBytes: aligned(head + variableBytes + structureBytes) };
}

/** What variables start with: the runtime keeps as much for each. */
function startValues({ subgraphs }: FlatModel): readonly FlatTensor[] {
  return subgraphs.slice(1).flatMap(({ operators, tensors }) => operators.flatMap(({ op, inputs }) => (op === 'ASSIGN_VARIABLE' ? [tensors[inputs[1] ?? -1] ?? []].flat() : [])));
}

/** MicroArenaBufferAlignment in micro_arena_constants.h. */
const ALIGNMENT_NBYTES = 16;
/** TfLiteEvalTensor: data, dimensions, type; 32 bits each. */
const TENSOR_NBYTES = 12;
/** TfLiteTensor with its TfLiteAffineQuantization and one zero point, which inputs and outputs get. */
const ENDPOINT_NBYTES = 60;
/** NodeAndRegistration, 32 bytes; the rest for options and kernel data, measured as 51 to 100 bytes an operator on 64 bits. */
const OPERATOR_NBYTES = 32 + 96;
/** A multiplier and a shift for each output channel, which convolutions keep for float too. */
const CHANNEL_NBYTES = 8;
/** The tables of exp(x) and 1 ÷ (1 + x) with 513 numbers of 16 bits each, which an int16 softmax makes. */
const INT16_SOFTMAX_NBYTES = 2 * 513 * 2;
/** Interpreter, allocators and planner: about 520 bytes were measured on 64 bits. */
const INTERPRETER_NBYTES = 512;
/** AllocationInfo, and the planner's requirements, order and list, for each tensor while the plan is made. */
const PLANNING_NBYTES = 64;

const channelAxes: Readonly<Record<string, number>> = { CONV_2D: 0, DEPTHWISE_CONV_2D: 3, FULLY_CONNECTED: 0, TRANSPOSE_CONV: 0 };

/** What kernels keep between runs beyond OPERATOR_NBYTES. */
function kernelBytes(operator: FlatOperator, tensors: readonly FlatTensor[]): number {
  if (operator.op === 'SOFTMAX') return tensors[operator.inputs[0] ?? -1]?.type === 'INT16' ? INT16_SOFTMAX_NBYTES : 0;
  return outputChannels(operator, tensors) * CHANNEL_NBYTES;
}

function outputChannels({ op, inputs }: FlatOperator, tensors: readonly FlatTensor[]): number {
  const axis = channelAxes[op];
  if (axis === undefined) return 0;
  const weights = tensors[inputs[1] ?? -1];
  // A fully connected layer keeps one multiplier unless its weights are quantized by channel.
  if (op === 'FULLY_CONNECTED' && (weights?.quantization?.scale.length ?? 0) <= 1) return 0;
  return weights?.shape?.[axis] ?? 0;
}

/** Lifetimes as MarkAllocationLifetimes in micro_allocation_info.cc counts them: 0 for inputs, then one step an operator. */
function occupancies(model: FlatModel): readonly Occupancy[] {
  const lifetimes = model.subgraphs.map((subgraph) => subgraph.tensors.map(() => ({ first: -1, last: -1 })));
  let step = 0;

  function visit(index: number, entered: ReadonlySet<number>): void {
    const subgraph = model.subgraphs[index];
    const own = lifetimes[index];
    // A subgraph that calls itself can only come from a broken file; no runtime takes it.
    if (!subgraph || !own || entered.has(index)) return;
    const create = (tensor: number): void => void (own[tensor]!.first < 0 && (own[tensor]!.first = step));
    const use = (tensor: number): void => void (own[tensor]!.last = step);
    subgraph.inputs.forEach((tensor) => [create, use].forEach((mark) => mark(tensor)));
    for (const operator of subgraph.operators) {
      step += 1;
      operator.outputs.forEach(create);
      for (const called of calledSubgraphs(operator)) {
        step += 1;
        visit(called, new Set([...entered, index]));
      }
      operator.inputs.filter((tensor) => tensor >= 0).forEach(use);
      operator.outputs.forEach(use);
    }
    subgraph.outputs.forEach(use);
  }
  visit(0, new Set());

  return model.subgraphs.flatMap((subgraph, index) =>
    subgraph.tensors.flatMap((tensor, number) => {
      const nbytes = nbytesOf(tensor);
      return tensor.data || tensor.isVariable || nbytes === 0 ? [] : [{ nbytes: aligned(nbytes), ...lifetimes[index]![number]! }];
    }),
  );
}

function calledSubgraphs({ op, options }: FlatOperator): readonly number[] {
  const names = { IF: ['thenSubgraphIndex', 'elseSubgraphIndex'], WHILE: ['condSubgraphIndex', 'bodySubgraphIndex'], CALL_ONCE: ['initSubgraphIndex'] }[op];
  return (names ?? []).map((name) => Number(options?.fields[name] ?? 0));
}

/** Bits of one element; types that the runtime keeps nothing of have 0. */
const elementBits: Readonly<Record<TensorType, number>> = {
  FLOAT32: 32, FLOAT16: 16, INT32: 32, UINT8: 8, INT64: 64, STRING: 0, BOOL: 8, INT16: 16, COMPLEX64: 64, INT8: 8, FLOAT64: 64,
  COMPLEX128: 128, UINT64: 64, RESOURCE: 32, VARIANT: 0, UINT32: 32, UINT16: 16, INT4: 4, BFLOAT16: 16, INT2: 2, UINT4: 4,
};

function nbytesOf({ shape, type }: FlatTensor): number {
  return Math.ceil(((shape ?? []).reduce((product, size) => product * size, 1) * elementBits[type]) / 8);
}

function aligned(nbytes: number): number {
  return Math.ceil(nbytes / ALIGNMENT_NBYTES) * ALIGNMENT_NBYTES;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
