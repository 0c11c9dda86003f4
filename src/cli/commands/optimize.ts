/** whittle optimize: applies a recipe and writes the verified result. */
import type { ModelSummary, TrainingSummary } from '../../engine/types';
import type { Recipe } from '../../passes/pass';
import { matches } from '../../passes/rules';
import { fileOf } from '../../lib/source-file';
import { looksAtData } from '../../passes/recipe';
import { recipeTrains } from '../../passes/untrained';
import { backendFlag, oneModel, requiredFlag, type Command, type CommandContext } from '../command';
import { compressedSize } from '../compressed-size';
import { parseFormat } from '../format-flag';
import { controlText, measureControls } from '../measure-controls';
import { openData } from '../open-data';
import { wholeNumber } from '../parse-arguments';
import { preprocessingFlags, withPreprocessing } from '../preprocessing-flags';
import { recipeFromFlags } from '../recipe-flags';
import { sourceFiles } from '../source-files';
import { startWatch } from '../watch';
import { comparisonText, deviceLines, diagnosticLines, fidelityText, secondsText, trainingText, verificationLines } from '../report-text';
import { bytesText, siText } from '../text';
import { UsageError } from '../usage-error';
import { writeOutput } from '../write-output';

/** Examples that the export is proven on: enough to see a mistake, few enough to cost nothing. Slow models stop earlier. */
const VERIFY_SAMPLES = 64;
/** Of everything random: the same command gives the same file. */
const DEFAULT_SEED = 1;
/** Layers named in a message; `whittle inspect` lists all. */
const LAYERS_SHOWN = 12;

export const optimizeCommand: Command = {
  usage:
    'whittle optimize MODEL (--recipe R.json | --pass ID[:option=value,…] …) [--keep LAYER …] [--data D] [--train D] [--student MODEL] [--seed N] [--checkpoint DIR] [--controls] [--evaluate] [--limit N] [--verify N] --format tflite|tfjs|tfjs-layers|keras|h5[:option=value,…] --out PATH [--json]',
  summary:
    'Compresses a model, re-opens and re-runs the result on N examples, and writes it. Data calibrate the passes that look at any, and with --evaluate, or when no pass does, say what it cost in accuracy. Passes that train learn from --train, or from the part that --data set aside; Ctrl-C keeps the best so far, --checkpoint lets the same command go on later, and --controls trains and measures what to compare a gain with.',
  flags: ['recipe', 'pass', 'keep', 'data', 'train', 'student', 'seed', 'checkpoint', 'controls', 'evaluate', 'limit', 'verify', 'format', 'out', 'backend', 'json', ...preprocessingFlags],
  async run(context) {
    const { engine, flags, report } = context;
    const path = oneModel(context);
    const given = await recipeFromFlags(flags);
    const format = parseFormat(requiredFlag(flags, 'format'));
    const out = requiredFlag(flags, 'out');
    const chosen = backendFlag(flags);
    const limit = wholeNumber(flags, 'limit', Number.MAX_SAFE_INTEGER, 1);
    const samples = wholeNumber(flags, 'verify', VERIFY_SAMPLES, 1);

    engine.setSeed(wholeNumber(flags, 'seed', DEFAULT_SEED, 0));
    engine.warmUp();
    const model = await engine.open(await sourceFiles(path), report);
    checkKept(flags.list('keep'), model);
    const { dataset, suggested } = await openData(engine, flags.text('data'), report);
    if (flags.has('controls') && !dataset?.hasLabels) throw new UsageError('--controls compares accuracies: give labelled --data.');
    const recipe = withPreprocessing(given, flags, suggested);
    const training = await openTraining(context, recipe);
    const watch = startWatch();
    const candidate = await engine.apply(recipe, report);
    const result = await engine.writeModel(recipe, format.id, format.options, report);
    const recipeToBytes = watch();
    // Compressed on other threads while the files are proven.
    const weighing = compressedSize(result.files.map((file) => fileOf(file.name, file.bytes)));
    weighing.catch(() => {});
    const verification = await engine.verifyModel(result, recipe, report, { samples, isTimed: flags.text('verify') === undefined });
    const device = await engine.deviceOf(result);
    const isAsked = flags.has('evaluate') || flags.has('controls') || !(dataset && looksAtData(recipe));
    const backend = chosen ?? 'wasm';
    const comparison = isAsked && dataset?.hasLabels ? await engine.compareAccuracy(recipe, backend, limit, report) : null;
    const fidelity = isAsked && !comparison ? await engine.measureFidelity(recipe, backend, limit, report) : null;
    const controls = flags.has('controls') ? await measureControls(engine, recipe, backend, limit, report) : [];
    const size = await weighing;
    const written = await writeOutput(out, result.files);

    const diagnostics = [...candidate.diagnostics, ...result.diagnostics];
    const value = {
      out: written,
      format: format.id,
      files: result.files.map((file) => ({ name: file.name, nbytes: file.bytes.length })),
      size,
      parameters: candidate.cost.parameters,
      macs: candidate.cost.macs,
      accuracy: comparison,
      fidelity,
      training,
      controls,
      verification,
      device,
      recipeToBytes,
      total: watch(),
      diagnostics,
      recipe,
    };
    context.print(value, () =>
      [
        `${written}: ${bytesText(size.raw)}, gzip ${bytesText(size.gzip)}, brotli ${bytesText(size.brotli)} (was ${bytesText(model.fileBytes)})`,
        `parameters ${model.cost.parameters} → ${candidate.cost.parameters}, MACs ${siText(model.cost.macs)} → ${siText(candidate.cost.macs)}`,
        ...(training ? [trainingText(training)] : []),
        ...(comparison ? [comparisonText(comparison)] : fidelity ? [fidelityText(fidelity)] : []),
        ...controls.map(controlText),
        ...verificationLines(verification),
        ...(device ? deviceLines(device) : []),
        `from recipe to bytes ${secondsText(recipeToBytes.elapsedMs)}, peak memory ${bytesText(recipeToBytes.peakMemoryBytes)}`,
        ...diagnosticLines(diagnostics),
      ].join('\n'),
    );
  },
};

/** What the recipe learns from; null: it does not. */
async function openTraining({ engine, flags, report }: CommandContext, recipe: Recipe): Promise<TrainingSummary | null> {
  const [train, student] = [flags.text('train'), flags.text('student')];
  if (student !== undefined) await engine.openStudent(await sourceFiles(student), report);
  if (train !== undefined) await engine.openTrainingData(await sourceFiles(train), report);
  return recipeTrains(recipe) ? engine.trainingData() : null;
}

/** A misspelt --keep would compress the layer that was to be spared. */
function checkKept(patterns: readonly string[], model: ModelSummary): void {
  for (const pattern of patterns) {
    if (model.cost.nodes.some(({ node, op }) => matches(pattern, node, op))) continue;
    const weighty = [...new Set(model.cost.nodes.filter(({ parameters }) => parameters > 0).map(({ node }) => node))];
    throw new UsageError(`--keep ${pattern} is no layer of this model. Layers with weights: ${weighty.slice(0, LAYERS_SHOWN).join(', ')}${weighty.length > LAYERS_SHOWN ? ', …' : ''}.`);
  }
}
