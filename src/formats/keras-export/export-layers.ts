/** What the three writers share: the layers of a graph, or words on why there are none. */
import { WhittleError } from '../../lib/errors';
import type { Graph } from '../../ir/graph';
import { integerRefusal } from '../integer-graph';
import type { ExportModel } from './export-model';
import { layersOfGraph } from './layers-of-graph';
import type { Target } from './target';

export function refusalOf(graph: Graph, target: Target, label: string): true | string {
  const refusal = integerRefusal(graph, label);
  if (refusal) return refusal;
  const result = layersOfGraph(graph, target);
  return 'problem' in result ? sentence(result.problem, target, label) : true;
}

/** Throws an ExportError with the reason that `refusalOf` gives. */
export function exportLayers(graph: Graph, target: Target, label: string): ExportModel {
  const refusal = integerRefusal(graph, label);
  if (refusal) throw new WhittleError('ExportError', refusal);
  const result = layersOfGraph(graph, target);
  if ('problem' in result) throw new WhittleError('ExportError', sentence(result.problem, target, label));
  return result;
}

function sentence(problem: string, target: Target, label: string): string {
  const others = target.id === 'keras-h5' ? 'A .keras archive holds more, and a TensorFlow.js graph model every operator' : 'A TensorFlow.js graph model holds every operator';
  return `${label} cannot hold this model. ${problem.replace(/\.$/, '')}. ${others}: export that instead.`;
}
