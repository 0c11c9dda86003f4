/** whittle export --adaptive: a ladder of models as an ES module that serves them at a steady load. */
import { basename, extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ManifestRung } from '../../adapt/module/manifest';
import { adaptiveFiles } from '../../engine/adaptive-files';
import { adaptiveRung, type AdaptiveRung, type AdaptiveRuntime } from '../../engine/adaptive-rung';
import type { Interval } from '../../measure/types';
import type { Preprocessing, Recipe } from '../../passes/pass';
import { makeStep } from '../../passes/recipe';
import { oneModel, requiredFlag, type Command, type CommandContext } from '../command';
import { openData } from '../open-data';
import { wholeNumber, type Flags } from '../parse-arguments';
import { preprocessingFlags, withPreprocessing } from '../preprocessing-flags';
import { recipeOfFile } from '../recipe-flags';
import { sourceFiles } from '../source-files';
import { bytesText, percentText, siText, tableText } from '../text';
import { UsageError } from '../usage-error';
import { writeOutput } from '../write-output';

/** Changes no answer: what the model is without any compression. */
const asItIs: Recipe = { version: 1, steps: [makeStep('clean-up'), makeStep('fold-batch-norm')] };

const runtimes: Readonly<Record<string, readonly AdaptiveRuntime[]>> = { tfjs: ['tfjs'], tflite: ['litert'], both: ['tfjs', 'litert'] };

export const exportCommand: Command = {
  usage: 'whittle export MODEL --adaptive DIR [--ladder R.json|MODEL,…] [--data D] [--limit N] [--format tfjs|tflite|both] [--json]',
  summary:
    'Writes MODEL and the rungs of a ladder (recipes for MODEL, or other models of the same task) as an npm-ready ES module that picks the fastest backend and keeps the load steady. Labelled data measure each rung’s accuracy.',
  flags: ['adaptive', 'ladder', 'data', 'limit', 'format', 'json', ...preprocessingFlags],
  async run(context) {
    const { flags } = context;
    const path = oneModel(context);
    const out = requiredFlag(flags, 'adaptive');
    const wanted = runtimesOf(flags);
    const steps = (flags.text('ladder') ?? '').split(',').filter((entry) => entry !== '');
    const rungs: AdaptiveRung[] = [];
    const original = await openRung(context, path, asItIs, nameOf(path), wanted);
    rungs.push(original.rung);
    for (const entry of steps) {
      const isRecipe = entry.endsWith('.json') && !entry.endsWith('model.json');
      const one = isRecipe ? await openRung(context, path, await recipeOfFile(entry), nameOf(entry), wanted) : await openRung(context, entry, asItIs, nameOf(entry), wanted);
      rungs.push(one.rung);
    }
    const { files, manifest, leftOut } = adaptiveFiles(nameOf(path), rungs, original.preprocessing);
    const written = await writeOutput(out, files);
    const moduleGzip = gzipSync(files.find(({ name }) => name === 'index.js')!.bytes, { level: 9 }).length;
    const value = { out: written, module: { gzip: moduleGzip }, files: files.map(({ name, bytes }) => ({ name, nbytes: bytes.length })), rungs: manifest.rungs.map(({ expected: _expected, ...rung }) => rung), leftOut };
    context.print(value, () =>
      [
        `${written}: ${files.length} files, index.js ${bytesText(moduleGzip)} gzipped`,
        rungTable(manifest.rungs),
        ...leftOut.map(({ name, becauseOf, accuracy, betterAccuracy }) => `${name} is left out: ${becauseOf} is faster and more accurate, ${intervalText(betterAccuracy)} against ${intervalText(accuracy)}`),
      ].join('\n'),
    );
  },
};

/** Opens a model anew for each rung: the engine holds one at a time. */
async function openRung({ engine, flags, report }: CommandContext, path: string, given: Recipe, name: string, wanted: readonly AdaptiveRuntime[]): Promise<{ rung: AdaptiveRung; preprocessing: Preprocessing }> {
  await engine.open(await sourceFiles(path), report);
  const { dataset, suggested } = await openData(engine, flags.text('data'), report);
  const recipe = withPreprocessing(given, flags, suggested);
  const limit = dataset?.hasLabels ? wholeNumber(flags, 'limit', Number.MAX_SAFE_INTEGER, 1) : 0;
  return { rung: await adaptiveRung(engine, { name, recipe, runtimes: wanted, limit }, report), preprocessing: recipe.preprocessing ?? suggested };
}

function runtimesOf(flags: Flags): readonly AdaptiveRuntime[] {
  const format = flags.text('format') ?? 'tfjs';
  const found = Object.hasOwn(runtimes, format) ? runtimes[format] : undefined;
  if (!found) throw new UsageError(`--format is "${format}"; for an adaptive module ${Object.keys(runtimes).join(', ')} are allowed.`);
  return found;
}

function intervalText({ value, low, high }: Interval): string {
  return `${percentText(value)} [${percentText(low)}, ${percentText(high)}]`;
}

function nameOf(path: string): string {
  return basename(path, extname(path));
}

function rungTable(rungs: readonly ManifestRung[]): string {
  const rows = rungs.map(({ name, accuracy, nbytes, macs, service }) => [
    name,
    accuracy === null ? '–' : percentText(accuracy),
    bytesText(nbytes),
    siText(macs),
    `${(service.overheadMs + service.perExampleMs).toFixed(2)} ms`,
  ]);
  return tableText([['rung', 'accuracy', 'size', 'MACs', 'one example on WASM'], ...rows]);
}
