/** whittle optimize: applies a recipe and writes the verified result. */
import type { ModelSummary } from '../../engine/types';
import { matches } from '../../passes/rules';
import { backendFlag, oneModel, requiredFlag, type Command } from '../command';
import { parseFormat } from '../format-flag';
import { openData } from '../open-data';
import { wholeNumber } from '../parse-arguments';
import { preprocessingFlags, withPreprocessing } from '../preprocessing-flags';
import { recipeFromFlags } from '../recipe-flags';
import { sourceFiles } from '../source-files';
import { bytesText, percentText, siText } from '../text';
import { UsageError } from '../usage-error';
import { writeOutput } from '../write-output';

/** Layers named in a message; `whittle inspect` lists all. */
const LAYERS_SHOWN = 12;

export const optimizeCommand: Command = {
  usage:
    'whittle optimize MODEL (--recipe R.json | --pass ID[:option=value,…] …) [--keep LAYER …] [--data D] [--limit N] --format tfjs|tfjs-layers|keras|h5[:option=value,…] --out PATH [--json]',
  summary: 'Compresses a model, re-opens and re-runs the result, and writes it. With data, says what it cost in accuracy.',
  flags: ['recipe', 'pass', 'keep', 'data', 'limit', 'format', 'out', 'backend', 'json', ...preprocessingFlags],
  async run(context) {
    const { engine, flags, report } = context;
    const path = oneModel(context);
    const given = await recipeFromFlags(flags);
    const format = parseFormat(requiredFlag(flags, 'format'));
    const out = requiredFlag(flags, 'out');
    const backend = backendFlag(flags);
    const limit = wholeNumber(flags, 'limit', Number.MAX_SAFE_INTEGER, 1);
    const data = flags.text('data');

    const model = await engine.open(await sourceFiles(path), report);
    checkKept(flags.list('keep'), model);
    const { dataset, suggested } = await openData(engine, data, report);
    const recipe = withPreprocessing(given, flags, suggested);
    const candidate = await engine.apply(recipe, report);
    const comparison = dataset?.hasLabels ? await engine.compareAccuracy(recipe, backend, limit, report) : null;
    const fidelity = comparison ? null : await engine.measureFidelity(recipe, backend, limit, report);
    const result = await engine.exportModel(recipe, format.id, format.options, report);
    const written = await writeOutput(out, result.files);

    const diagnostics = [...candidate.diagnostics, ...result.diagnostics];
    const value = {
      out: written,
      format: format.id,
      files: result.files.map((file) => ({ name: file.name, nbytes: file.bytes.length })),
      size: result.size,
      parameters: candidate.cost.parameters,
      macs: candidate.cost.macs,
      accuracy: comparison,
      fidelity,
      verification: result.verification,
      diagnostics,
      recipe,
    };
    context.print(value, () =>
      [
        `${written}: ${bytesText(result.size.raw)}, gzip ${bytesText(result.size.gzip)}, brotli ${bytesText(result.size.brotli)} (was ${bytesText(model.fileBytes)})`,
        `parameters ${model.cost.parameters} → ${candidate.cost.parameters}, MACs ${siText(model.cost.macs)} → ${siText(candidate.cost.macs)}`,
        comparison
          ? `accuracy ${percentText(comparison.original.accuracy.value)} → ${percentText(comparison.candidate.accuracy.value)}, change [${percentText(comparison.change.low)}, ${percentText(comparison.change.high)}], n = ${comparison.candidate.count}`
          : `fidelity (not accuracy): SQNR ${fidelity!.sqnrDb.toFixed(1)} dB${fidelity!.agreement === null ? '' : `, same top-1 ${percentText(fidelity!.agreement)}`}, n = ${fidelity!.count}`,
        `verified: re-opened and run, largest difference ${result.verification.largestDifference.toExponential(1)}`,
        ...diagnostics.map((found) => `${found.level}: ${found.subject ? `${found.subject}: ` : ''}${found.message}`),
      ].join('\n'),
    );
  },
};

/** A misspelt --keep would compress the layer that was to be spared. */
function checkKept(patterns: readonly string[], model: ModelSummary): void {
  for (const pattern of patterns) {
    if (model.cost.nodes.some(({ node, op }) => matches(pattern, node, op))) continue;
    const weighty = [...new Set(model.cost.nodes.filter(({ parameters }) => parameters > 0).map(({ node }) => node))];
    throw new UsageError(`--keep ${pattern} is no layer of this model. Layers with weights: ${weighty.slice(0, LAYERS_SHOWN).join(', ')}${weighty.length > LAYERS_SHOWN ? ', …' : ''}.`);
  }
}
