/**
 * What sensitivities predict of many layers together, and the order in which a search walks: every step takes what costs the least
 * divergence for a byte (or multiplication) saved, as AEQ and HAWQ do.
 *
 * Divergences of single layers add up (to second order, errors of layers being independent); what passes save of one layer
 * multiplies, since a pruned layer has less left to quantize.
 */
import type { Graph, ValueId } from '../ir/graph';
import { macsOf } from '../ops/cost';
import { findPassMeta, passCatalog } from '../passes/catalog';
import { FACTOR_SUFFIXES } from '../passes/factorize/layer';
import type { PassId, Recipe, RecipeStep } from '../passes/pass';
import { layerNameOf } from '../passes/weight-sites';
import { layerStep } from './one-layer';
import { storedBytesOf } from './stored-bytes';
import type { SensitivityRow } from './types';

/** One decision: what of a kind to do to a layer, at which strength, or nothing. */
export interface Slot {
  readonly layer: string;
  /** From what saves least to what saves most. */
  readonly rows: readonly SensitivityRow[];
}

/** For each slot the index of its row; −1: left alone. */
export type Choice = readonly number[];

export interface Totals {
  readonly bytes: number;
  readonly macs: number;
}

export interface Prediction extends Totals {
  readonly kl: number;
}

/** Bytes and multiplications of each layer, by its name. */
export function layerTotals(graph: Graph): Map<string, Totals> {
  const macs = macsOf(graph);
  const totals = new Map<string, Totals>();
  const counted = new Set<ValueId>();
  for (const node of graph.nodes) {
    const fresh = node.inputs.filter((id): id is ValueId => id !== null && !counted.has(id));
    for (const id of fresh) counted.add(id);
    const before = totals.get(layerNameOf(node)) ?? { bytes: 0, macs: 0 };
    totals.set(layerNameOf(node), { bytes: before.bytes + storedBytesOf(fresh.map((id) => graph.values[id]!)), macs: before.macs + (macs.get(node.id) ?? 0) });
  }
  return totals;
}

/** Which savings a walk is after; both are shares of the whole, so that they add. */
export interface Want {
  readonly bytes: number;
  readonly macs: number;
}

/** Passes that say how a weight is stored: of these a layer gets one. What other passes do adds to it. */
const STORING: ReadonlySet<PassId> = new Set(['cluster-weights', 'quantize-weights', 'quantize-integer', 'adaround']);

/** Rows that save something, by layer and kind; within a slot, only those that no other beats in everything. */
export function slotsOf(rows: readonly SensitivityRow[], original: Totals): Slot[] {
  const slots = new Map<string, SensitivityRow[]>();
  for (const row of rows) {
    if (savingOf(row, original, { bytes: 1, macs: 1 }) <= 0 || !Number.isFinite(row.kl)) continue;
    const key = `${STORING.has(row.pass) ? 'stored' : row.pass} ${row.layer}`;
    slots.set(key, [...(slots.get(key) ?? []), row]);
  }
  return [...slots.values()].map((all) => {
    const isBeaten = (row: SensitivityRow): boolean =>
      all.some((other) => other !== row && other.kl <= row.kl && other.bytesSaved >= row.bytesSaved && other.macsSaved >= row.macsSaved && (other.kl < row.kl || all.indexOf(other) < all.indexOf(row)));
    const rising = all.filter((row) => !isBeaten(row)).sort((a, b) => a.kl - b.kl || a.bytesSaved - b.bytesSaved);
    return { layer: rising[0]!.layer, rows: rising };
  });
}

/** `layers`: the totals of each layer in the original. */
export function predict(slots: readonly Slot[], choice: Choice, original: Totals, layers: ReadonlyMap<string, Totals>): Prediction {
  let kl = 0;
  const left = new Map<string, { bytes: number; macs: number }>();
  for (const [i, { layer, rows }] of slots.entries()) {
    const row = rows[choice[i]!];
    if (!row) continue;
    kl += row.kl;
    const whole = layers.get(layer) ?? original;
    const now = left.get(layer) ?? { bytes: 1, macs: 1 };
    now.bytes *= Math.max(0, 1 - row.bytesSaved / Math.max(whole.bytes, 1));
    now.macs *= Math.max(0, 1 - row.macsSaved / Math.max(whole.macs, 1));
    left.set(layer, now);
  }
  let { bytes, macs } = original;
  for (const [layer, share] of left) {
    const whole = layers.get(layer) ?? original;
    bytes -= whole.bytes * (1 - share.bytes);
    macs -= whole.macs * (1 - share.macs);
  }
  return { bytes, macs, kl };
}

/** From nothing to everything, each choice one step on from the one before. */
export function greedyPath(slots: readonly Slot[], original: Totals, want: Want): Choice[] {
  const choice = slots.map(() => -1);
  const path: Choice[] = [[...choice]];
  for (;;) {
    const step = cheapestStep(slots, choice, original, want);
    if (!step) return path;
    choice[step.slot] = step.row;
    path.push([...choice]);
  }
}

interface Step {
  readonly slot: number;
  readonly row: number;
  /** Divergence for a share saved. */
  readonly price: number;
}

/** Steps may skip strengths: the cheapest share saved decides, so that a path follows the lower hull of each slot. */
function cheapestStep(slots: readonly Slot[], choice: Choice, original: Totals, want: Want): Step | undefined {
  let best: Step | undefined;
  for (const [slot, { rows }] of slots.entries()) {
    const now = rows[choice[slot]!];
    for (let row = choice[slot]! + 1; row < rows.length; row++) {
      const saving = savingOf(rows[row]!, original, want) - (now ? savingOf(now, original, want) : 0);
      if (saving <= 0) continue;
      const price = (rows[row]!.kl - (now?.kl ?? 0)) / saving;
      if (!best || price < best.price) best = { slot, row, price };
    }
  }
  return best;
}

function savingOf(row: SensitivityRow, original: Totals, want: Want): number {
  return (want.bytes * row.bytesSaved) / Math.max(original.bytes, 1) + (want.macs * row.macsSaved) / Math.max(original.macs, 1);
}

/** A step a pass, in the catalog's order, with a rule a layer, between the steps that every candidate has. */
export function recipeOf(slots: readonly Slot[], choice: Choice, { before, after }: { readonly before: readonly RecipeStep[]; readonly after: readonly RecipeStep[] }): Recipe {
  const chosen = slots.flatMap(({ rows }, i) => (rows[choice[i]!] ? [rows[choice[i]!]!] : []));
  const factorized = new Set(chosen.flatMap(({ pass, layer }) => (pass === 'factorize' ? [layer] : [])));
  const steps = passCatalog.flatMap(({ id }) => {
    const own = chosen.filter(({ pass }) => pass === id);
    // What a later pass does to a layer it does to all that took its place.
    if (id !== 'factorize') own.push(...own.flatMap((row) => (factorized.has(row.layer) ? FACTOR_SUFFIXES.map((suffix) => ({ ...row, layer: `${row.layer}_${suffix}` })) : [])));
    return own.length > 0 ? [layerStep(id, own)] : [];
  });
  return { version: 1, steps: [...before, ...steps, ...(steps.length > 0 ? after : [])] };
}

/** Why a pass cannot be a slot; null: it can. */
export function whyNoSlot(pass: PassId): string | null {
  const meta = findPassMeta(pass);
  return meta?.perLayer ? null : `${meta?.label ?? pass} has no options of its own for each layer, so it cannot be searched layer by layer.`;
}
