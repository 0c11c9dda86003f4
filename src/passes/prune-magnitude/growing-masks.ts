/**
 * Pruning while training (Zhu and Gupta 2017, arXiv 1710.01878): the zeros grow by a cubic schedule over the first part of the
 * training, fast at first, and the rest of it heals. Which weights go is asked anew many times, so that one that grows comes back.
 */
import { decodeFloats } from '../../ir/tensor';
import type { OptionValues } from '../../options/options';
import type { MaskConstraint, MaskPattern } from '../../training/training';
import type { Constraints } from '../kept-constraints';
import { stepsOf, trainerOf } from '../learn';
import type { PassContext } from '../pass';
import type { WeightSite } from '../weight-sites';
import { pruneMagnitudeMeta, type pruneMagnitudeOptions } from './meta';

type Options = OptionValues<typeof pruneMagnitudeOptions>;

export interface PruneJob {
  readonly site: WeightSite;
  readonly options: Options;
}

/** Of the final share, at once: half of the weights are missed little, and the more steps are left to heal the rest (TensorFlow's toolkit starts at 50 % too). */
const STARTS_AT = 0.5;
/** The zeros are all there after this share of the steps. */
const GROWN_AT = 0.6;
/** How often the masks are made anew while they grow; more did not help, and each costs a sort. */
const MOST_UPDATES = 40;
/** TensorFlow's toolkit makes them anew every 100 steps; longer apart, too many weights go at once. */
const MOST_STEPS_BETWEEN = 100;

export function growingMasks(jobs: readonly PruneJob[], base: Options, context: PassContext): Constraints {
  const steps = stepsOf(trainerOf(context, pruneMagnitudeMeta.id), base.recoverEpochs);
  const everySteps = Math.min(MOST_STEPS_BETWEEN, Math.max(1, Math.floor((steps * GROWN_AT) / MOST_UPDATES)));
  const isTogether = ({ options }: PruneJob): boolean => options.pattern !== 'n-m' && options.ranking !== 'layer' && options.sparsity === base.sparsity;
  const together = zeroShare(jobs.filter(isTogether));
  return Object.fromEntries(
    jobs.map((job) => {
      const { site, options } = job;
      const finalSparsity = options.pattern === 'n-m' ? 1 - options.keepPerGroup / options.groupSize : options.sparsity;
      const before = isTogether(job) ? together : zeroShare([job]);
      const mask: MaskConstraint = {
        kind: 'mask',
        pattern: patternOf(job),
        initialSparsity: Math.min(Math.max(before, finalSparsity * STARTS_AT), Math.max(0, finalSparsity)),
        finalSparsity: Math.max(0, finalSparsity),
        from: 0,
        to: GROWN_AT,
        everySteps,
        group: isTogether(job) ? 'model' : null,
        ranking: isTogether(job) && options.ranking === 'lamp' ? 'lamp' : 'magnitude',
      };
      return [site.valueId, [mask]];
    }),
  );
}

function patternOf({ site, options }: PruneJob): MaskPattern {
  switch (options.pattern) {
    case 'unstructured':
      return { kind: 'unstructured' };
    case 'n-m':
      return { kind: 'n-m', n: options.keepPerGroup, m: options.groupSize, axis: site.inputAxis! };
    case 'block':
      return { kind: 'block', rows: options.blockRows, columns: options.blockColumns, inputAxis: site.inputAxis!, outputAxis: site.outputAxis };
    default: {
      const never: never = options.pattern;
      return never;
    }
  }
}

/** Share of the weights that are zero already. */
function zeroShare(jobs: readonly PruneJob[]): number {
  let zeros = 0;
  let count = 0;
  for (const { site } of jobs) {
    const values = decodeFloats(site.tensor);
    count += values.length;
    for (const value of values) if (value === 0) zeros++;
  }
  return count === 0 ? 0 : zeros / count;
}
