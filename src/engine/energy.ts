/** Energy of one inference before and after a recipe, by every profile. */
import type { Graph } from '../ir/graph';
import { energyWork, estimateEnergy } from '../measure/energy';
import { energyProfiles } from '../measure/energy-profiles';
import type { EnergyEstimate } from './types';

export function energyBeside(original: Graph, candidate: Graph): EnergyEstimate[] {
  const [before, after] = [energyWork(original), energyWork(candidate)];
  return energyProfiles.map((profile) => ({ profile, original: estimateEnergy(before, profile), candidate: estimateEnergy(after, profile) }));
}
