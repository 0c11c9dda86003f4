/** A file compiled for one accelerator, as a model that takes and gives real numbers. Runs take turns. */
import type { CompiledModel, Tensor } from '@litertjs/core';
import type { Batch, Borders, PreparedModel } from '../backend';
import type { Device } from '../tfjs/device';
import type { Border } from './border';
import type { LoadedLiteRt } from './load';
import { messageOf, WhittleError } from '../../lib/errors';
import { checkInputs } from '../check-inputs';
import { fromFile, pairBorders, toFile } from './border';
import { counted, deleteTensors, makeTensor } from './tensors';

export interface Surroundings {
  readonly loaded: LoadedLiteRt;
  readonly accelerator: 'wasm' | 'webgpu' | 'webnn';
  readonly device: Device;
}

export async function prepareFile(bytes: Uint8Array, borders: Borders, surroundings: Surroundings): Promise<PreparedModel> {
  refuseIntegerBorders(borders);
  const compiled = await inTurn(() => compile(bytes, surroundings));
  try {
    return modelOf(compiled, bytes.length, borders, surroundings);
  } catch (error) {
    compiled.delete();
    throw error;
  }
}

function modelOf(compiled: CompiledModel, nbytes: number, borders: Borders, { loaded: { library, takeMessages }, device }: Surroundings): PreparedModel {
  const signature = signatureOf(compiled, borders);
  const valuesOf = (ids: readonly string[]) => ids.map((id) => borders.values[id]!);
  const inputs = pairBorders(valuesOf(borders.inputs), borders.inputNames, signature.getInputDetails(), 'input');
  const outputs = pairBorders(valuesOf(borders.outputs), borders.outputNames, signature.getOutputDetails(), 'output');
  const wanted = { ...borders, values: Object.fromEntries(inputs.map(({ value, tensor }) => [value.id, { ...value, shape: [...tensor.shape] }])) };
  let disposed = false;

  const upload = (batches: readonly Batch[]): Tensor[] => {
    const placed: Tensor[] = [];
    inputs.forEach((border, i) => (placed[border.index] = makeTensor(library, toFile(border, batches[i]!), border.tensor.shape)));
    return placed;
  };
  const execute = async (placed: Tensor[]): Promise<Batch[]> => {
    let made: Tensor[] = [];
    try {
      return await device.watch(
        async () => void (made = (await signature.run(placed)).map(counted)),
        () => Promise.all(outputs.map(async (border) => fromFile(border, await made[border.index]!.data()))),
      );
    } catch (error) {
      throw error instanceof WhittleError ? error : runtimeError('LiteRT failed while it ran the file', error, takeMessages());
    } finally {
      deleteTensors(made);
    }
  };
  const turn = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(() => {
      if (disposed) throw new WhittleError('BackendError', 'The file was already closed in LiteRT.');
      return work();
    });
  const run = (batches: readonly Batch[]): Promise<Batch[]> => {
    checkInputs(wanted, batches);
    return turn(async () => {
      const placed = upload(batches);
      return execute(placed).finally(() => deleteTensors(placed));
    });
  };
  return {
    nbytes,
    run: async (batches) => run(batches),
    async runWith(batches, valueIds) {
      if (valueIds.length > 0) {
        throw new WhittleError('BackendError', `LiteRT does not give inner values (${valueIds.join(', ')}). Take a TensorFlow.js backend, which executes the graph.`);
      }
      return { outputs: await run(batches), values: new Map() };
    },
    async stepper(batches) {
      checkInputs(wanted, batches);
      const placed = await turn(async () => onAccelerator(upload(batches), inputs));
      return { step: () => turn(() => execute(placed)), dispose: () => deleteTensors(placed) };
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      void inTurn(async () => compiled.delete());
    },
  };
}

async function compile(bytes: Uint8Array, { loaded: { library, takeMessages }, accelerator }: Surroundings): Promise<CompiledModel> {
  takeMessages();
  let compiled: CompiledModel;
  try {
    // fp32: half precision, which adapters may offer, gives other answers than the file's.
    compiled = await library.loadAndCompile(bytes, { accelerator, gpuOptions: { precision: 'fp32' }, webNNOptions: { precision: 'fp32' } });
  } catch (error) {
    throw runtimeError('LiteRT does not take the file', error, takeMessages());
  }
  const used = compiled.options.accelerator;
  if (used === accelerator) return compiled;
  compiled.delete();
  throw new WhittleError('BackendError', `LiteRT cannot run all of this file on ${accelerator} in this browser, and would run it on ${used}. Take the litert-wasm backend.`);
}

/** The signature that has the graph's names; a file without signatures has one of its own. */
function signatureOf(compiled: CompiledModel, { inputNames, outputNames }: Borders) {
  const signatures = Object.values(compiled.signatures);
  const has = (details: readonly { readonly name: string }[], names: readonly string[]) =>
    details.length === names.length && names.every((name) => details.some((detail) => detail.name === name));
  return signatures.find((one) => has(one.getInputDetails(), inputNames) && has(one.getOutputDetails(), outputNames)) ?? signatures[0]!;
}

/** Where an accelerator does not read the module's memory, the inputs are moved once, not at every step. */
async function onAccelerator(placed: Tensor[], inputs: readonly Border[]): Promise<Tensor[]> {
  const moved: Tensor[] = [];
  for (const { index, tensor: { supportedBufferTypes } } of inputs) {
    const tensor = placed[index]!;
    const [wanted] = supportedBufferTypes;
    if (wanted === undefined || supportedBufferTypes.has(tensor.getBufferType())) moved[index] = tensor;
    else {
      moved[index] = counted(await tensor.copyTo(wanted as Parameters<Tensor['copyTo']>[0]));
      deleteTensors([tensor]);
    }
  }
  return moved;
}

function refuseIntegerBorders({ inputs, outputs, values }: Borders): void {
  for (const id of [...inputs, ...outputs]) {
    const { name, quantization } = values[id]!;
    if (!quantization || quantization.dtype === 'uint8') continue;
    throw new WhittleError(
      'BackendError',
      `LiteRT in JavaScript takes and gives float32, int32 and uint8; ${name} is ${quantization.dtype}. Export with float or uint8 inputs and outputs, or run the file with TensorFlow.js, which emulates it.`,
    );
  }
}

/** LiteRT's own words, with what its module wrote about it. */
function runtimeError(what: string, error: unknown, messages: readonly string[]): WhittleError {
  const written = messages.filter((line) => line.startsWith('ERROR')).map((line) => line.replace(/^ERROR:\s*/, ''));
  return new WhittleError('BackendError', `${what}: ${[messageOf(error), ...new Set(written)].join(' ')}`, { cause: error });
}

let last: Promise<unknown> = Promise.resolve();

/** One after another: a run that waits for the GPU must not be entered again. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}
