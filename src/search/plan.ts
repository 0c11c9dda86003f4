/**
 * What sensitivities predict of many layers together, and the order in which a search walks: every step takes what costs the least
 * divergence for a byte (or multiplication, or millisecond) saved, as AEQ and HAWQ do.
 *
 * Divergences of single layers add up (to second order, errors of layers being independent); what passes save of one layer
 * multiplies, since a pruned layer has less left to quantize. Channels count where they are made and where they are read.
 */
import { findPassMeta, passCatalog } from '../passes/catalog';
import { FACTOR_SUFFIXES } from '../passes/factorize/layer';
import type { PassId, Recipe, RecipeStep } from '../passes/pass';
import type { Totals } from './layer-totals';
import { layerStep } from './one-layer';
import type { SavedElsewhere, SensitivityRow } from './types';

/** One decision: what of a kind to do to a layer, at which strength, or nothing. */
export interface Slot {
  readonly layer: string;
  /** From what saves least to what saves most. */
  readonly rows: readonly SensitivityRow[];
}

/** For each slot the index of its row; −1: left alone. */
export type Choice = readonly number[];

export interface Prediction extends Totals {
  readonly kl: number;
}

/** Which savings a walk is after; both are shares of the whole, so that they add. */
export interface Want {
  readonly bytes: number;
  readonly macs: number;
  readonly ms: number;
}

/** Passes that say how a weight is stored: of these a layer gets one. What other passes do adds to it. */
const STORING: ReadonlySet<PassId> = new Set(['cluster-weights', 'quantize-weights', 'quantize-integer', 'adaround']);

/** Rows that save something, by layer and kind; within a slot, only those that no other beats in everything. */
export function slotsOf(rows: readonly SensitivityRow[], original: Totals): Slot[] {
  const slots = new Map<string, SensitivityRow[]>();
  for (const row of rows) {
    if (savingOf(row, original, { bytes: 1, macs: 1, ms: 1 }) <= 0 || !Number.isFinite(row.kl)) continue;
    const key = `${STORING.has(row.pass) ? 'stored' : row.pass} ${row.layer}`;
    slots.set(key, [...(slots.get(key) ?? []), row]);
  }
  return [...slots.values()].map((all) => {
    const isBeaten = (row: SensitivityRow): boolean =>
      all.some((other) => other !== row && other.kl <= row.kl && other.bytesSaved >= row.bytesSaved && other.macsSaved >= row.macsSaved && (other.msSaved ?? 0) >= (row.msSaved ?? 0) && (other.kl < row.kl || all.indexOf(other) < all.indexOf(row)));
    const rising = all.filter((row) => !isBeaten(row)).sort((a, b) => a.kl - b.kl || a.bytesSaved - b.bytesSaved);
    return { layer: rising[0]!.layer, rows: rising };
  });
}

/** `layers`: the totals of each layer in the original. */
export function predict(slots: readonly Slot[], choice: Choice, original: Totals, layers: ReadonlyMap<string, Totals>): Prediction {
  let kl = 0;
  const parts = new Map<string, Part[]>();
  for (const [i, { rows }] of slots.entries()) {
    const row = rows[choice[i]!];
    if (!row) continue;
    kl += row.kl;
    for (const [layer, left] of sharesLeft(row, original, layers)) parts.set(layer, [...(parts.get(layer) ?? []), { pass: row.pass, left }]);
  }
  let { bytes, macs, ms } = original;
  for (const [layer, own] of parts) {
    const whole = layers.get(layer) ?? original;
    const left = leftOf(own);
    bytes -= whole.bytes * (1 - left.bytes);
    macs -= whole.macs * (1 - left.macs);
    ms -= whole.ms * (1 - left.ms);
  }
  return { bytes, macs, ms, kl };
}

/** What a pass leaves of a layer, in shares. */
interface Part {
  readonly pass: PassId;
  readonly left: Totals;
}

/** Of two factors, each has the rank on one side and channels on the other: with half of all channels gone half of them is left, and not a quarter. */
function leftOf(parts: readonly Part[]): Totals {
  const isFactorized = parts.some(({ pass, left }) => pass === 'factorize' && left.macs < 1);
  let [bytes, macs, ms] = [1, 1, 1];
  for (const { pass, left } of parts) {
    const power = isFactorized && pass === 'prune-channels' ? 0.5 : 1;
    bytes *= left.bytes ** power;
    macs *= left.macs ** power;
    ms *= left.ms ** power;
  }
  return { bytes, macs, ms };
}

/** What a row leaves of its own layer and of those that its channels lead to. */
function sharesLeft(row: SensitivityRow, original: Totals, layers: ReadonlyMap<string, Totals>): [string, Totals][] {
  const left = (name: string, saved: Totals): [string, Totals] => {
    const whole = layers.get(name) ?? original;
    const shareLeft = (kind: keyof Totals): number => Math.max(0, 1 - shareOf(saved[kind], whole[kind]));
    return [name, { bytes: shareLeft('bytes'), macs: shareLeft('macs'), ms: shareLeft('ms') }];
  };
  const { layer, elsewhere = [] } = row;
  const others = elsewhere.map((saved): [string, Totals] => [saved.layer, savedBy(saved)]);
  const own = others.reduce((rest, [, saved]) => ({ bytes: rest.bytes - saved.bytes, macs: rest.macs - saved.macs, ms: rest.ms - saved.ms }), savedBy(row));
  return [left(layer, own), ...others.map(([name, saved]) => left(name, saved))];
}

function savedBy({ bytesSaved, macsSaved, msSaved = 0 }: Omit<SavedElsewhere, 'layer'>): Totals {
  return { bytes: bytesSaved, macs: macsSaved, ms: msSaved };
}

/** From nothing to everything, each choice one step on from the one before. */
export function greedyPath(slots: readonly Slot[], original: Totals, layers: ReadonlyMap<string, Totals>, want: Want): Choice[] {
  const choice = slots.map(() => -1);
  const path: Choice[] = [[...choice]];
  const savings = marginalSavings(slots, original, layers, want);
  for (;;) {
    const step = cheapestStep(slots, choice, savings);
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
function cheapestStep(slots: readonly Slot[], choice: Choice, savings: MarginalSavings): Step | undefined {
  let best: Step | undefined;
  for (const [slot, { rows }] of slots.entries()) {
    const now = rows[choice[slot]!];
    const savingOfRow = savings(choice, slot);
    for (let row = choice[slot]! + 1; row < rows.length; row++) {
      const saving = savingOfRow(row);
      if (saving <= LEAST_SAVING) continue;
      const price = (rows[row]!.kl - (now?.kl ?? 0)) / saving;
      if (!best || price < best.price) best = { slot, row, price };
    }
  }
  return best;
}

/** Of the whole: below it, rounding decides. */
const LEAST_SAVING = 1e-9;

/** What a row saves over the one that its slot has now, in shares of the whole, all other slots standing. */
type MarginalSavings = (choice: Choice, slot: number) => (row: number) => number;

function marginalSavings(slots: readonly Slot[], original: Totals, layers: ReadonlyMap<string, Totals>, want: Want): MarginalSavings {
  const shares = slots.map(({ rows }) => rows.map((row) => sharesLeft(row, original, layers)));
  const touching = new Map<string, number[]>();
  for (const [slot, own] of shares.entries()) {
    for (const name of new Set(own.flatMap((row) => row.map(([layer]) => layer)))) touching.set(name, [...(touching.get(name) ?? []), slot]);
  }
  const partOf = (slot: number, row: number, name: string): Part[] => {
    const found = shares[slot]![row]?.find(([layer]) => layer === name);
    return found ? [{ pass: slots[slot]!.rows[row]!.pass, left: found[1] }] : [];
  };
  return (choice, slot) => {
    const names = [...new Set(shares[slot]!.flatMap((row) => row.map(([layer]) => layer)))];
    const others = new Map(names.map((name) => [name, touching.get(name)!.flatMap((other) => (other === slot ? [] : partOf(other, choice[other]!, name)))]));
    const leftWith = (row: number): number =>
      names.reduce((sum, name) => {
        const whole = layers.get(name) ?? original;
        const left = leftOf([...others.get(name)!, ...partOf(slot, row, name)]);
        return sum + wantedShare(want, { bytes: left.bytes * whole.bytes, macs: left.macs * whole.macs, ms: left.ms * whole.ms }, original);
      }, 0);
    const now = leftWith(choice[slot]!);
    return (row) => now - leftWith(row);
  };
}

function savingOf(row: SensitivityRow, original: Totals, want: Want): number {
  return wantedShare(want, savedBy(row), original);
}

function wantedShare(want: Want, part: Totals, whole: Totals): number {
  return want.bytes * shareOf(part.bytes, whole.bytes) + want.macs * shareOf(part.macs, whole.macs) + want.ms * shareOf(part.ms, whole.ms);
}

/** 0 of nothing. */
function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** The last of the layers that take a layer's place keeps its name and makes its channels. */
const KEEPS_ITS_NAME: ReadonlySet<PassId> = new Set(['factorize', 'prune-channels']);

/** What stands around the chosen steps of every candidate. */
export interface Frame {
  /** Exact passes. */
  readonly before: readonly RecipeStep[];
  /** Repair, and how weights are stored. */
  readonly after: readonly RecipeStep[];
  /** Puts training among the chosen steps; absent: nothing trains. */
  readonly train?: (chosen: readonly RecipeStep[]) => readonly RecipeStep[];
}

/** A step a pass, in the catalog's order, with a rule a layer, between the steps that every candidate has. */
export function recipeOf(slots: readonly Slot[], choice: Choice, { before, after, train = (chosen) => chosen }: Frame): Recipe {
  const chosen = slots.flatMap(({ rows }, i) => (rows[choice[i]!] ? [rows[choice[i]!]!] : []));
  const factorized = new Set(chosen.flatMap(({ pass, layer }) => (pass === 'factorize' ? [layer] : [])));
  const steps = passCatalog.flatMap(({ id }) => {
    const own = chosen.filter(({ pass }) => pass === id);
    // What a later pass does to a layer it does to all that took its place.
    if (!KEEPS_ITS_NAME.has(id)) own.push(...own.flatMap((row) => (factorized.has(row.layer) ? FACTOR_SUFFIXES.map((suffix) => ({ ...row, layer: `${row.layer}_${suffix}` })) : [])));
    return own.length > 0 ? [layerStep(id, own)] : [];
  });
  return { version: 1, steps: [...before, ...(steps.length > 0 ? [...train(steps), ...after] : [])] };
}

/** Why a pass cannot be a slot; null: it can. */
export function whyNoSlot(pass: PassId): string | null {
  const meta = findPassMeta(pass);
  return meta?.perLayer ? null : `${meta?.label ?? pass} has no options of its own for each layer, so it cannot be searched layer by layer.`;
}
