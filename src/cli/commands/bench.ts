/** whittle bench: latency, models interleaved with the first. */
import { emptyRecipe } from '../../passes/recipe';
import type { Interval, LatencyStatistics } from '../../measure/types';
import type { LatencyJob } from '../../engine/create-engine';
import type { Graph } from '../../ir/graph';
import type { SourceFile } from '../../lib/source-file';
import { backendFlag, type Command } from '../command';
import { wholeNumber } from '../parse-arguments';
import { sourceFiles } from '../source-files';
import { tableText } from '../text';
import { UsageError } from '../usage-error';

export const benchCommand: Command = {
  usage: 'whittle bench MODEL [MODEL …] [--backend wasm|cpu|litert-wasm] [--batch N] [--json]',
  summary: 'Latency of models, each measured in turns with the first.',
  flags: ['backend', 'batch', 'json'],
  async run(context) {
    const { engine, flags, report, positionals } = context;
    if (positionals.length === 0) throw new UsageError('At least one MODEL is needed.');
    const chosen = backendFlag(flags);
    const batch = wholeNumber(flags, 'batch', 1, 1);
    const models: OpenModel[] = [];
    for (const path of positionals) {
      await engine.open(await sourceFiles(path), report);
      const { original, originalFile } = await engine.graphsOf(emptyRecipe, report);
      models.push({ graph: original, file: originalFile });
    }
    const backend = chosen ?? (models.every((model) => model.file) ? 'litert-wasm' : 'wasm');
    const results: Row[] = [];
    for (const [i, candidate] of models.entries()) {
      if (i === 0 && models.length > 1) continue;
      const latency = await engine.runLatencyJob(jobOf(models[0]!, candidate), backend, batch, report);
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

interface OpenModel {
  readonly graph: Graph;
  /** The .tflite that it was opened from. */
  readonly file: SourceFile | null;
}

function jobOf(first: OpenModel, other: OpenModel): LatencyJob {
  return { original: first.graph, originalFile: first.file, candidate: other.graph, candidateFile: other.file, example: null };
}

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
