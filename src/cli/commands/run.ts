/** whittle run: a model on given inputs. */
import { readArrays, writeNpz, type NamedArrays } from '../../datasets/npz';
import { WhittleError } from '../../lib/errors';
import type { PortSummary } from '../../engine/types';
import { emptyRecipe } from '../../passes/recipe';
import type { Batch } from '../../runtime/backend';
import { backendFlag, backendFor, oneModel, requiredFlag, type Command } from '../command';
import { sourceFiles } from '../source-files';
import { shapeText } from '../text';
import { writeOne } from '../write-output';

export const runCommand: Command = {
  usage: 'whittle run MODEL --input X.npy|X.npz --output Y.npz [--backend wasm|cpu|litert-wasm] [--json]',
  summary: 'Runs a model. Inputs in an .npz by name, or x0, x1, … in order; outputs y0, y1, … in order.',
  flags: ['input', 'output', 'backend', 'json'],
  async run(context) {
    const { engine, flags, report } = context;
    const path = oneModel(context);
    const inputPath = requiredFlag(flags, 'input');
    const outputPath = requiredFlag(flags, 'output');
    // A misspelt backend is refused before anything is read.
    backendFlag(flags);
    const model = await engine.open(await sourceFiles(path), report);
    const [inputFile] = await sourceFiles(inputPath);
    const arrays = await readArrays(inputFile!);
    const isGiven = (port: PortSummary, i: number): boolean => arrays.has(port.name) || arrays.has(`x${i}`);
    // States may be left out, all together: they start as the file says.
    const ports = model.inputs.some((port, i) => port.isState && isGiven(port, i)) ? model.inputs : model.inputs.filter((port) => !port.isState);
    const inputs = ports.map((port, i) => inputFor(port, i, arrays, ports.length));
    const outputs = await engine.run(emptyRecipe, backendFor(flags, model), inputs);
    await writeOne(outputPath, writeNpz(new Map(outputs.map((output, i) => [`y${i}`, output]))));
    const described = outputs.map((output, i) => ({ name: `y${i}`, output: model.outputs[i]!.name, shape: output.shape, dtype: output.dtype }));
    context.print({ output: outputPath, outputs: described }, () =>
      [outputPath, ...described.map((one) => `${one.name}  ${one.output}  ${shapeText(one.shape)} ${one.dtype}`)].join('\n'),
    );
  },
};

function inputFor(port: PortSummary, index: number, arrays: NamedArrays, count: number): Batch {
  const only = count === 1 && arrays.size === 1 ? [...arrays.values()][0] : undefined;
  const array = arrays.get(port.name) ?? arrays.get(`x${index}`) ?? only;
  if (!array) {
    throw new WhittleError('DataError', `No array for the input "${port.name}": name one "${port.name}" or "x${index}". The file holds: ${[...arrays.keys()].join(', ')}.`);
  }
  switch (port.dtype) {
    case 'float32':
      return { shape: array.shape, dtype: 'float32', data: Float32Array.from(array.data) };
    case 'int32':
      return { shape: array.shape, dtype: 'int32', data: Int32Array.from(array.data) };
    case 'bool':
      return { shape: array.shape, dtype: 'bool', data: Uint8Array.from(array.data, (value) => (value === 0 ? 0 : 1)) };
    default:
      throw new WhittleError('UnsupportedError', `The input "${port.name}" takes ${port.dtype}; numbers and booleans can be given.`);
  }
}
