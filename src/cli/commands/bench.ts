/** whittle bench: latency, models interleaved with the first. */
import { emptyRecipe } from '../../passes/recipe';
import type { Interval, LatencyStatistics } from '../../measure/types';
import type { Graph } from '../../ir/graph';
import { backendFlag, type Command } from '../command';
import { wholeNumber } from '../parse-arguments';
import { sourceFiles } from '../source-files';
import { tableText } from '../text';
import { UsageError } from '../usage-error';

export const benchCommand: Command = {
  usage: 'whittle bench MODEL [MODEL …] [--backend wasm|cpu] [--batch N] [--json]',
  summary: 'Latency of models, each measured in turns with the first.',
  flags: ['backend', 'batch', 'json'],
  async run(context) {
    const { engine, flags, report, positionals } = context;
    if (positionals.length === 0) throw new UsageError('At least one MODEL is needed.');
    const backend = backendFlag(flags);
    const batch = wholeNumber(flags, 'batch', 1, 1);
    const graphs: Graph[] = [];
    for (const path of positionals) {
      await engine.open(await sourceFiles(path), report);
      graphs.push((await engine.graphsOf(emptyRecipe, report)).original);
    }
    const results: Row[] = [];
    for (const [i, candidate] of graphs.entries()) {
      if (i === 0 && graphs.length > 1) continue;
      const latency = await engine.runLatencyJob({ original: graphs[0]!, candidate, example: null }, backend, batch, report);
      if (results.length === 0) results.push({ model: positionals[0]!, ...withoutSamples(latency.original), speedup: null, verdict: null });
      if (i > 0) results.push({ model: positionals[i]!, ...withoutSamples(latency.candidate), speedup: latency.speedup, verdict: latency.verdict });
    }
    context.print({ backend, batch, models: results }, () =>
      tableText([
        ['model', 'p50 ms', 'p90 ms', 'first ms', 'against the first'],
        ...results.map((row) => [
          row.model,
          row.p50Ms.toPrecision(3),
          row.p90Ms.toPrecision(3),
          row.firstMs.toPrecision(3),
          row.speedup ? `${row.verdict === 'same-speed' ? 'same speed' : row.verdict} ${row.speedup.value.toFixed(2)} × [${row.speedup.low.toFixed(2)}, ${row.speedup.high.toFixed(2)}]` : '',
        ]),
      ]),
    );
  },
};

interface Row extends Omit<LatencyStatistics, 'samplesMs'> {
  readonly model: string;
  /** null for the first model, which the others are measured against. */
  readonly speedup: Interval | null;
  readonly verdict: string | null;
}

function withoutSamples(statistics: LatencyStatistics): Omit<LatencyStatistics, 'samplesMs'> {
  const { samplesMs: _samples, ...rest } = statistics;
  return rest;
}
