import { describe, expect, it } from 'vitest';
import { randomInputs } from '../../src/datasets/random-inputs';
import type { Graph } from '../../src/ir/graph';
import { ignoreProgress } from '../../src/lib/progress';
import { opTimes, type OpTable } from '../../src/measure/op-times';
import { macsOf } from '../../src/ops/cost';
import { clockStepMs } from '../../src/runtime/clock';
import { layerTotals, sumOf } from '../../src/search/layer-totals';
import { greedyPath, slotsOf } from '../../src/search/plan';
import { runnerContext } from '../../src/search/sensitivity';
import { timedRows } from '../../src/search/timed-rows';
import type { SensitivityRow } from '../../src/search/types';
import { GraphMaker } from '../ir/graphs';
import { branches, execute, prepare } from './wasm';

const graph = branches();

interface KeptTable extends OpTable {
  readonly known: Map<string, number>;
}

function emptyTable(): KeptTable {
  const known = new Map<string, number>();
  return { known, add: async (key, ms) => void known.set(key, ms) };
}

/** The real backend, and the operators that were run alone on it. */
function timing(): { readonly alone: string[]; timesOf(one: Graph, table: OpTable): Promise<ReadonlyMap<string, number>> } {
  const alone: string[] = [];
  const setting = {
    clockStepMs: clockStepMs(),
    inputsOf: (part: Graph) => randomInputs(part, 0, 1, 1),
    prepare: async (part: Graph) => {
      alone.push(part.nodes.map(({ name }) => name).join());
      return prepare(part);
    },
    onNext: async () => {},
  };
  return { alone, timesOf: (one, table) => opTimes(one, table, setting) };
}

describe('the table of operators', () => {
  it('times each operator once, alone, and takes off what the cheapest takes', async () => {
    const { alone, timesOf } = timing();
    const table = emptyTable();
    const times = await timesOf(graph, table);
    expect(alone).toEqual(graph.nodes.map(({ name }) => name));
    expect([...times.keys()]).toEqual(graph.nodes.map(({ id }) => id));
    expect(Math.min(...times.values())).toBe(0);
    expect(Math.max(...times.values())).toBeGreaterThan(0);
    for (const ms of table.known.values()) expect(ms).toBeGreaterThan(0);
    // Nothing is left to time in the same graph, nor in one that differs by its weights alone.
    const other = { ...graph, values: Object.fromEntries(Object.entries(graph.values).map(([id, value]) => [id, { ...value }])) };
    expect(await timesOf(other, table)).toEqual(times);
    expect(alone).toHaveLength(graph.nodes.length);
  });

  it('knows operators by their shapes, and counts those that read indices as nothing', async () => {
    const g = new GraphMaker();
    const dense = (name: string, from: string, size: number): string => g.node(name, 'dense', [from, g.weights(`${name}/kernel`, [4, size], 0.1)], { activation: 'none' }, [-1, size]);
    const x = g.input('x', [-1, 4]);
    const rows = g.node('rows', 'gather', [g.weights('table', [9, 4], 0.1), g.input('ids', [-1, 2])], { axis: 0, batchDims: 0 }, [-1, 2, 4]);
    const floats = g.build([dense('a', x, 4), dense('b', x, 4), dense('wide', x, 64), rows]);
    const made: Graph = { ...floats, values: { ...floats.values, ids: { ...floats.values['ids']!, dtype: 'int32' } } };
    const { alone, timesOf } = timing();
    const times = await timesOf(made, emptyTable());
    expect(alone).toEqual(['a', 'wide']);
    const idOf = (name: string): string => made.nodes.find((node) => node.name === name)!.id;
    expect(times.get(idOf('a'))).toBe(times.get(idOf('b')));
    expect(times.has(idOf('rows'))).toBe(false);
  });
});

describe('rows with times', () => {
  /** A millisecond for a thousand multiplications: what saves these saves time. */
  const timesOf = async (one: Graph): Promise<ReadonlyMap<string, number>> => new Map([...macsOf(one)].map(([id, macs]) => [id, macs / 1000]));
  const row = (pass: SensitivityRow['pass'], layer: string, options: SensitivityRow['options'], macsSaved: number, kl: number): SensitivityRow => ({ pass, layer, options, bytesSaved: 100, macsSaved, kl });
  const context = runnerContext(prepare, null, undefined, { seed: 1, execute });

  it('say what a changed layer saves in itself and in those that read it', async () => {
    const rows = [row('prune-channels', 'first', { share: 0.5 }, 1, 0.1), row('factorize', 'point', { rankBy: 'layer', keep: 0.25 }, 1, 0.1), row('quantize-weights', 'dense', { format: 'int8' }, 0, 0.1)];
    const [channels, factors, grid] = await timedRows(rows, graph, timesOf, context, ignoreProgress);
    // Half the channels of the stem: half of its own work, and of what reads them.
    const macs = layerTotals(graph, await timesOf(graph));
    const elsewhere = channels!.elsewhere!.reduce((sum, { msSaved = 0 }) => sum + msSaved, 0);
    expect(channels!.msSaved! - elsewhere).toBeCloseTo(macs.get('first')!.ms / 2, 6);
    expect(elsewhere).toBeGreaterThan(0);
    expect(factors!.msSaved).toBeGreaterThan(0);
    expect(grid!.msSaved).toBeUndefined();
  });

  it('lead a walk for latency to what saves time, and one for bytes past it', () => {
    const totals = { bytes: 1000, macs: 1000, ms: 10 };
    const layers = new Map([['first', totals]]);
    const rows: SensitivityRow[] = [{ ...row('prune-channels', 'first', { share: 0.5 }, 500, 0.2), msSaved: 5 }, { ...row('quantize-weights', 'first', { format: 'int8' }, 0, 0.01), bytesSaved: 700 }];
    const slots = slotsOf(rows, totals);
    const firstStep = (want: Parameters<typeof greedyPath>[3]): string => rowOf(greedyPath(slots, totals, layers, want)[1]!);
    const rowOf = (choice: readonly number[]): string => slots.flatMap(({ rows: own }, i) => own[choice[i]!]?.pass ?? []).join();
    expect(firstStep({ bytes: 0, macs: 0, ms: 1 })).toBe('prune-channels');
    expect(firstStep({ bytes: 1, macs: 0, ms: 0 })).toBe('quantize-weights');
    expect(sumOf(layers)).toEqual(totals);
  });
});
