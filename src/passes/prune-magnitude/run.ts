/**
 * Magnitude pruning (Han et al. 2015, arXiv 1506.02626). With target sparsity S over n weights, the round(n · S)
 * smallest |w| become zero; at least one weight of every tensor stays.
 *
 * 1. Within each layer: the threshold is each tensor's own.
 * 2. Whole model: one threshold over |w| of all tensors together.
 * 3. Whole model, layer-adaptive: LAMP (Lee et al. 2021, arXiv 2010.07611) compares w² / Σ v² over |v| ≥ |w| of its tensor.
 * 4. N of M: the N largest of every M neighbours along the input axis stay (a shorter last group keeps at most N).
 * 5. Blocks: the weight matrix [inputs, outputs] is cut into tiles, ranked by their mean |w|.
 *
 * Weights that a rule gives a sparsity of its own are pruned within their layer, whatever the ranking. With epochs to recover, the zeros
 * grow while the model trains (growing-masks.ts) instead of coming all at once.
 */
import { editGraph } from '../../ir/edit';
import type { Graph } from '../../ir/graph';
import { decodeFloats, float32Tensor, type Tensor } from '../../ir/tensor';
import { info, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import type { OptionValues } from '../../options/options';
import type { Pass } from '../pass';
import { siteOptions, weightSites, type WeightSite } from '../weight-sites';
import { recover, wantsRecovery } from '../recover';
import { growingMasks } from './growing-masks';
import type { pruneMagnitudeOptions } from './meta';
import { pruneMagnitudeMeta } from './meta';
import type { PruneJob as Job } from './growing-masks';
import { blockUnits, elementUnits, lampScores, zeroAllBut, type Units } from './units';

type Options = OptionValues<typeof pruneMagnitudeOptions>;


export const pruneMagnitude: Pass<typeof pruneMagnitudeOptions> = {
  meta: pruneMagnitudeMeta,
  async run(graph, options, context) {
    const diagnostics: Diagnostic[] = [];
    const jobs: Job[] = [];
    for (const site of weightSites(graph)) {
      const own = siteOptions(site, (name, op) => context.optionsFor(name, op) as Options | null);
      const reason = reasonToLeave(site, own);
      if (reason) diagnostics.push(info(reason, site.name));
      else if (own) jobs.push({ site, options: own });
    }
    throwIfCancelled(context.signal);
    if (wantsRecovery(options) && jobs.length > 0) {
      const trained = await recover(pruneMagnitudeMeta.id, graph, growingMasks(jobs, options, context), options, context);
      return { graph: trained.graph, modified: trained.graph !== graph, diagnostics: [...diagnostics, ...trained.diagnostics] };
    }
    const pruned = pruneJobs(jobs, options);
    const editor = editGraph(graph);
    for (const [site, tensor] of pruned) editor.setTensor(site.valueId, tensor);
    const edited: Graph = editor.done();
    return { graph: edited, modified: edited !== graph, diagnostics };
  },
};

function reasonToLeave(site: WeightSite, options: Options | null): string | undefined {
  if (!options) return 'Kept as it is: a rule says so.';
  if (site.kind === 'depthwise' && !options.depthwise) return 'Left alone: depthwise kernels are pruned only when asked.';
  if (site.kind === 'table') return 'Left alone: rows of a table are looked up, not multiplied; zeros would lose entries.';
  if (options.pattern !== 'unstructured' && site.inputAxis === null) {
    return 'Left alone: a depthwise kernel has no input channels to group or tile.';
  }
  return undefined;
}

function pruneJobs(jobs: readonly Job[], base: Options): Map<WeightSite, Tensor> {
  const results = new Map<WeightSite, Tensor>();
  const together: { job: Job; units: Units }[] = [];
  for (const job of jobs) {
    const { site, options } = job;
    if (options.pattern === 'n-m') {
      apply(results, site, keepLargestOfGroups(site, options.keepPerGroup, options.groupSize));
      continue;
    }
    const units =
      options.pattern === 'block'
        ? blockUnits(site.tensor, options.blockRows, options.blockColumns, site.inputAxis!, site.outputAxis)
        : elementUnits(site.tensor);
    if (options.ranking === 'layer' || options.sparsity !== base.sparsity) {
      const drop = Math.min(Math.round(units.scores.length * options.sparsity), units.scores.length - 1);
      apply(results, site, zeroAllBut(site.tensor, units, smallestFirst(units.scores).subarray(drop)));
    } else {
      together.push({ job, units: options.ranking === 'lamp' ? { ...units, scores: lampScores(units.scores) } : units });
    }
  }
  pruneTogether(together, base.sparsity, results);
  return results;
}

/** One threshold over all units, each weighed by how many weights it holds. */
function pruneTogether(
  entries: readonly { job: Job; units: Units }[],
  sparsity: number,
  results: Map<WeightSite, Tensor>,
): void {
  const total = entries.reduce((sum, { units }) => sum + units.scores.length, 0);
  const scores = new Float64Array(total);
  const weights = new Float64Array(total);
  const owners = new Uint32Array(total);
  let offset = 0;
  for (const [owner, { units }] of entries.entries()) {
    scores.set(units.scores, offset);
    for (let i = 0; i < units.scores.length; i++) weights[offset + i] = units.sizeOf(i);
    owners.fill(owner, offset, offset + units.scores.length);
    offset += units.scores.length;
  }
  const remaining = entries.map(({ units }) => units.scores.length);
  const target = Math.round(weights.reduce((sum, weight) => sum + weight, 0) * sparsity);
  const dropped = new Uint8Array(total);
  let count = 0;
  for (const index of smallestFirst(scores)) {
    if (count + weights[index]! > target) break;
    if (remaining[owners[index]!]! <= 1) continue;
    remaining[owners[index]!]!--;
    dropped[index] = 1;
    count += weights[index]!;
  }
  offset = 0;
  for (const { job, units } of entries) {
    const kept: number[] = [];
    for (let i = 0; i < units.scores.length; i++) if (!dropped[offset + i]) kept.push(i);
    apply(results, job.site, zeroAllBut(job.site.tensor, units, Uint32Array.from(kept)));
    offset += units.scores.length;
  }
}

function keepLargestOfGroups(site: WeightSite, keep: number, group: number): Float32Array {
  const values = Float32Array.from(decodeFloats(site.tensor));
  const { shape } = site.tensor;
  const axis = site.inputAxis!;
  const length = shape[axis]!;
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = values.length / (length * stride);
  for (let o = 0; o < outer; o++) {
    for (let s = 0; s < stride; s++) {
      for (let start = 0; start < length; start += group) {
        const indices: number[] = [];
        for (let i = start; i < Math.min(start + group, length); i++) indices.push((o * length + i) * stride + s);
        indices.sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b);
        for (const index of indices.slice(keep)) values[index] = 0;
      }
    }
  }
  return values;
}

/** Indices by rising score; equal scores in order of position, so that results do not depend on the machine. */
function smallestFirst(scores: Float64Array): Uint32Array {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  return order.sort((a, b) => scores[a]! - scores[b]! || a - b);
}

function apply(results: Map<WeightSite, Tensor>, site: WeightSite, values: Float32Array): void {
  const before = decodeFloats(site.tensor);
  if (values.every((value, i) => value === before[i])) return;
  results.set(site, float32Tensor(site.tensor.shape, values));
}
