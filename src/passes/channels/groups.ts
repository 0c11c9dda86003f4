/**
 * Channels in groups. A unit is a set of channels that cannot be removed without each other; units that stand on exactly the same
 * axes of the same values are alternatives to each other, a group. Residual adds put the layers of a stage into one group; the
 * parts of a concat stay groups of their own, since each part has an axis that the others lack.
 */
import type { Graph, Node, ValueId } from '../../ir/graph';
import { layerNameOf } from '../weight-sites';
import type { Labels } from './atoms';
import { axisRole, type AxisRole } from './roles';
import type { Tracer } from './tracer';

/** An axis of a weight that the units of a group stand on. */
export interface GroupMember {
  readonly valueId: ValueId;
  readonly axis: number;
  readonly role: AxisRole;
  readonly node: Node;
  readonly labels: Labels;
}

export interface UnitGroup {
  /** Roots of the atoms, in the order of the channels of the first layer. */
  readonly units: readonly number[];
  readonly members: readonly GroupMember[];
  /** Nodes that give values with these channels. */
  readonly nodes: readonly Node[];
  /** Channels of the first layer that makes them, for each unit. */
  readonly channelsPerUnit: number;
  /** Why none of them may go; null: they may. */
  readonly refused: string | null;
}

/** A group as a page shows it: plain data. */
export interface ChannelGroup {
  readonly name: string;
  readonly channels: number;
  /** How many can be removed one by one. */
  readonly units: number;
  readonly layers: readonly { readonly name: string; readonly op: string; readonly role: 'makes' | 'reads' | 'passes on' }[];
  readonly weights: readonly string[];
  readonly refused: string | null;
}

/** Every group that some layer's weights make, in the order of the nodes. */
export function unitGroups(tracer: Tracer): UnitGroup[] {
  const { atoms, graph } = tracer;
  const slots: { labels: Labels; nodes: Node[]; members: GroupMember[] }[] = [];
  const slotsOfUnit = new Map<number, number[]>();
  const addValue = (id: ValueId, node: Node, index: number | null): void => {
    const labels = tracer.labelsOf(id);
    labels.forEach((own, axis) => {
      if (!own) return;
      const key = `${id}/${axis}`;
      let slot = known.get(key);
      if (slot === undefined) {
        slot = slots.push({ labels: own, nodes: [], members: [] }) - 1;
        known.set(key, slot);
        for (const root of new Set(Array.from(own, atoms.rootOf))) {
          const list = slotsOfUnit.get(root);
          if (list) list.push(slot);
          else slotsOfUnit.set(root, [slot]);
        }
      }
      if (index === null) slots[slot]!.nodes.push(node);
      else slots[slot]!.members.push({ valueId: id, axis, role: axisRole(node, index, axis, labels.length), node, labels: own });
    });
  };
  const known = new Map<string, number>();
  for (const node of graph.nodes) {
    node.inputs.forEach((id, index) => {
      if (id !== null && graph.values[id]!.tensor) addValue(id, node, index);
    });
    for (const id of node.outputs) addValue(id, node, null);
  }
  const groups = new Map<string, { units: number[]; slots: number[] }>();
  for (const [root, own] of slotsOfUnit) {
    const key = `${own.join()}|${atoms.reasonOf(root) ?? ''}`;
    const group = groups.get(key);
    if (group) group.units.push(root);
    else groups.set(key, { units: [root], slots: own });
  }
  return [...groups.values()].flatMap(({ units, slots: own }) => {
    const members = own.flatMap((slot) => slots[slot]!.members);
    const maker = members.find(({ role }) => role === 'output');
    if (!maker) return [];
    const ordered = new Set(units);
    const inOrder = [...new Set(Array.from(maker.labels, atoms.rootOf))].filter((root) => ordered.has(root));
    // A recurrent kernel has a column for every gate; the layer's output has each channel once.
    const made = tracer.labelsOf(maker.node.outputs[0]!).find((axis) => axis?.some((atom) => ordered.has(atoms.rootOf(atom)))) ?? maker.labels;
    const channels = made.reduce((count, atom) => count + (ordered.has(atoms.rootOf(atom)) ? 1 : 0), 0);
    const single = channels > 1 ? 'all its channels hang together' : 'it is a single channel';
    return [
      {
        units: inOrder,
        members,
        nodes: [...new Set(own.flatMap((slot) => slots[slot]!.nodes))],
        channelsPerUnit: channels / inOrder.length,
        refused: atoms.reasonOf(units[0]!) ?? (units.length === 1 ? single : null),
      },
    ];
  });
}

export function channelGroups(tracer: Tracer): ChannelGroup[] {
  return unitGroups(tracer).map((group) => describeGroup(tracer.graph, group));
}

export function describeGroup(graph: Graph, group: UnitGroup): ChannelGroup {
  const layers = new Map<string, ChannelGroup['layers'][number]>();
  const add = (node: Node, role: 'makes' | 'reads' | 'passes on'): void => {
    const name = layerNameOf(node);
    const key = role === 'passes on' ? name : `${name}/${role}`;
    if (role !== 'passes on' || !layers.has(`${name}/makes`)) layers.set(key, { name, op: node.op, role });
  };
  for (const { node, role } of group.members) if (role === 'output') add(node, 'makes');
  for (const node of group.nodes) add(node, 'passes on');
  for (const { node, role } of group.members) if (role === 'input') add(node, 'reads');
  return {
    name: groupName(group),
    channels: group.units.length * group.channelsPerUnit,
    units: group.units.length,
    layers: [...layers.values()],
    weights: [...new Set(group.members.map(({ valueId }) => graph.values[valueId]!.name))],
    refused: group.refused,
  };
}

/** The layers that make its channels, by the name of the first. */
export function groupName({ members }: UnitGroup): string {
  const names = [...new Set(members.filter(({ role }) => role === 'output').map(({ node }) => layerNameOf(node)))];
  return names.length > 1 ? `${names[0]!} and ${names.length - 1} more` : names[0]!;
}
