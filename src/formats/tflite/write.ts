/**
 * Writes a TensorFlow Lite file: one subgraph (two where variables have values to start with), its signature, the runtime that it needs at least, and the recipe. The same
 * graph gives the same bytes.
 */
import { isErrorOf, messageOf, WhittleError } from '../../lib/errors';
import type { Graph } from '../../ir/graph';
import type { OptionValues } from '../../options/options';
import type { Recipe } from '../../passes/pass';
import type { WriteResult } from '../format';
import { writeCArray } from './c-array';
import { encodeModel } from './encode';
import type { FlatModel, FlatOperator, FlatTensor } from './flat-model';
import { DEFAULT_SIGNATURE, RECIPE_METADATA, RUNTIME_METADATA } from './metadata-names';
import type { TfliteOptions } from './meta';
import { versionOf } from './op-versions';
import { minRuntimeVersionBytes } from './op-versions-runtime';
import { OPEN_BATCH, raiseGraph, type RaisedGraph } from './raise';

/** true when some batch can be written, or why not. */
export function canWriteTflite(graph: Graph): true | string {
  const problem = problemOf(graph, 1);
  if (problem === null) return true;
  return problemOf(graph, OPEN_BATCH) === null ? true : problem;
}

export async function writeTflite(graph: Graph, options: OptionValues<TfliteOptions>, recipe: Recipe | undefined): Promise<WriteResult> {
  if (options.batch === 0) throw new WhittleError('OptionError', 'A batch of 0 holds no example. Give 1 or more, or −1 to leave it open.');
  const raised = raiseGraph(graph, options.batch);
  const bytes = encodeModel(flatModel(raised, graph, recipe));
  switch (options.container) {
    case 'tflite':
      return { files: [{ name: 'model.tflite', bytes }], diagnostics: raised.diagnostics };
    case 'c-array':
      return { files: writeCArray(bytes, graph.name || 'model'), diagnostics: raised.diagnostics };
    default: {
      const never: never = options.container;
      return never;
    }
  }
}

function problemOf(graph: Graph, batch: number): string | null {
  try {
    raiseGraph(graph, batch);
    return null;
  } catch (error) {
    if (isErrorOf(error, 'ExportError')) return messageOf(error);
    throw error;
  }
}

function flatModel({ builder, initial, inputs, outputs, inputNames, outputNames }: RaisedGraph, { source }: Graph, recipe: Recipe | undefined): FlatModel {
  const { tensors, operators, ...ends } = builder.finish(inputs, outputs);
  const main = { name: '', tensors, operators: versioned(operators, tensors), ...ends };
  const subgraphs = [main, ...(initial ? [{ ...initial, name: '', operators: versioned(initial.operators, initial.tensors) }] : [])];
  return {
    description: '',
    subgraphs,
    signatures: [
      {
        key: source.signatureKey ?? DEFAULT_SIGNATURE,
        subgraph: 0,
        inputs: inputNames.map((name, k) => ({ name, tensor: ends.inputs[k]! })),
        outputs: outputNames.map((name, k) => ({ name, tensor: ends.outputs[k]! })),
      },
    ],
    metadata: [
      { name: RUNTIME_METADATA, data: minRuntimeVersionBytes(subgraphs.flatMap((subgraph) => subgraph.operators)) },
      ...(source.metadata ?? []),
      ...(recipe ? [{ name: RECIPE_METADATA, data: new TextEncoder().encode(JSON.stringify(recipe)) }] : []),
    ],
  };
}

function versioned(operators: readonly Omit<FlatOperator, 'version'>[], tensors: readonly FlatTensor[]): readonly FlatOperator[] {
  return operators.map((operator) => ({ ...operator, version: versionOf(operator, tensors) }));
}
