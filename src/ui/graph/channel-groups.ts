/** Of the channels that go together: those that have to do with one layer, and what other layers have to do with them. */
import type { ChannelGroupView } from '../../engine/graph-view-types';

/** Groups whose channels the layer makes; else those that it hands on. */
export function groupsOfLayer(groups: readonly ChannelGroupView[] | null, layer: string): readonly ChannelGroupView[] {
  const made = (groups ?? []).filter(({ makes }) => makes.includes(layer));
  return made.length > 0 ? made : (groups ?? []).filter(({ passes }) => passes.includes(layer));
}

export function rolesIn(groups: readonly ChannelGroupView[]): ReadonlyMap<string, 'makes' | 'passes'> {
  const roles = new Map<string, 'makes' | 'passes'>();
  for (const { passes } of groups) for (const name of passes) roles.set(name, 'passes');
  for (const { makes } of groups) for (const name of makes) roles.set(name, 'makes');
  return roles;
}
