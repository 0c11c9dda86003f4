/** whittle search: looks for the recipe that meets goals, and writes the best model that it found. */
import type { FoundCandidate, SearchResult } from '../../engine/search-types';
import type { TrainingSummary } from '../../engine/types';
import { emptyRecipe } from '../../passes/recipe';
import { frontOf } from '../../search/front';
import type { Goals } from '../../search/types';
import { bytesFlag, countFlag, percentFlag } from '../amounts';
import { oneModel, requiredFlag, type Command, type CommandContext } from '../command';
import { parseFormat } from '../format-flag';
import { openData } from '../open-data';
import { wholeNumber, type Flags } from '../parse-arguments';
import { withPreprocessing } from '../preprocessing-flags';
import { comparisonText, verificationLines } from '../report-text';
import { sourceFiles } from '../source-files';
import { bytesText, percentText, siText, tableText } from '../text';
import { UsageError } from '../usage-error';
import { writeOutput } from '../write-output';

const DEFAULT_CANDIDATES = 50;
/** Examples that candidates are judged on: half a point of accuracy is ten of them. */
const DEFAULT_EXAMPLES = 2000;
const DEFAULT_SEED = 1;
/** Examples that sensitivities look at. */
const SAMPLES = 64;
/** Examples that the export is proven on. */
const VERIFY_SAMPLES = 64;
/** Of data that set nothing aside themselves. */
const SHARE_TO_SEARCH_ON = 0.5;

export const searchCommand: Command = {
  usage:
    'whittle search MODEL --data D [--train D] [--size BYTES] [--drop PERCENT%] [--macs N] [--format tflite|tfjs|tfjs-layers|keras|h5[:option=value,…]] [--candidates N] [--seed N] [--limit N] [--checkpoint DIR] [--scale S --mean M --std S --channels rgb|bgr|grey] --out PATH [--json]',
  summary:
    'Looks for the recipe, layer by layer, that meets the goals: bytes compressed with brotli, loss of accuracy, MACs. Writes the best model found and prints the front. Candidates are judged on N examples of the training part (--train, the part that the data set aside, or half of them), the result on the others; goals that cannot be met are named. Ctrl-C ends with the best so far; --checkpoint keeps every measurement for the next search.',
  flags: ['data', 'train', 'size', 'drop', 'macs', 'format', 'candidates', 'seed', 'limit', 'checkpoint', 'out', 'json', 'scale', 'mean', 'std', 'channels'],
  async run(context) {
    const { engine, flags, report } = context;
    const path = oneModel(context);
    const data = requiredFlag(flags, 'data');
    const out = requiredFlag(flags, 'out');
    const goals = goalsOf(flags);
    const format = parseFormat(flags.text('format') ?? 'tflite');
    const seed = wholeNumber(flags, 'seed', DEFAULT_SEED, 0);
    const candidates = wholeNumber(flags, 'candidates', DEFAULT_CANDIDATES, 1);
    const examples = wholeNumber(flags, 'limit', DEFAULT_EXAMPLES, 1);

    engine.setSeed(seed);
    await engine.open(await sourceFiles(path), report);
    const { dataset, suggested } = await openData(engine, data, report);
    const { preprocessing = null } = withPreprocessing(emptyRecipe, withoutSize(flags), suggested);
    const training = await setAside(context);
    const found = await engine.search({ goals, format: format.id, options: format.options, candidates, seed, examples, samples: SAMPLES, preprocessing, latencyBackend: null, recovery: null }, report, () => {});
    const { recipe } = found.best;
    const result = await engine.writeModel(recipe, format.id, format.options, report);
    const verification = await engine.verifyModel(result, recipe, report, { samples: VERIFY_SAMPLES, isTimed: true });
    const comparison = dataset?.hasLabels ? await engine.compareAccuracy(recipe, 'wasm', Number.MAX_SAFE_INTEGER, report) : null;
    const written = await writeOutput(out, result.files);
    const front = frontOf(found.candidates);
    context.print({ out: written, format: format.id, goals, ...found, front: front.map(({ key }) => key), accuracy: comparison, verification, recipe }, () =>
      [
        found.message,
        `${written}: ${bytesText(found.best.size.raw)}, gzip ${bytesText(found.best.size.gzip)}, brotli ${bytesText(found.best.size.brotli)}`,
        judgedText(training, found),
        ...(comparison ? [comparisonText(comparison)] : []),
        ...verificationLines(verification),
        '',
        frontTable(front, found),
      ].join('\n'),
    );
  },
};

function goalsOf(flags: Flags): Goals {
  const mostBytes = bytesFlag(flags, 'size');
  const mostAccuracyDrop = percentFlag(flags, 'drop');
  const mostMacs = countFlag(flags, 'macs');
  if (mostBytes === undefined && mostAccuracyDrop === undefined && mostMacs === undefined) throw new UsageError('A goal is needed: --size, --drop or --macs.');
  return { ...(mostBytes === undefined ? {} : { mostBytes }), ...(mostAccuracyDrop === undefined ? {} : { mostAccuracyDrop }), ...(mostMacs === undefined ? {} : { mostMacs }) };
}

/** Here --size is a goal, not that of pictures. */
function withoutSize(flags: Flags): Flags {
  return { ...flags, text: (name) => (name === 'size' ? undefined : flags.text(name)) };
}

/** What candidates are judged on. Data that set nothing aside are split: accuracy is then measured on the other half. */
async function setAside({ engine, flags, report }: CommandContext): Promise<TrainingSummary> {
  const train = flags.text('train');
  if (train !== undefined) return engine.openTrainingData(await sourceFiles(train), report);
  const own = await engine.trainingData();
  if (own) return own;
  await engine.splitDataset(SHARE_TO_SEARCH_ON);
  return (await engine.trainingData())!;
}

function judgedText({ name }: TrainingSummary, { candidates, examples, isLabelled }: SearchResult): string {
  return `${candidates.length} candidates judged on ${examples} examples of ${name} that are not measured on${isLabelled ? '' : ', which have no labels: the loss is the share of answers that changed'}`;
}

function frontTable(front: readonly FoundCandidate[], { best }: SearchResult): string {
  const rows = front.map(({ key, size, measured, recipe }) => [
    bytesText(size.brotli),
    bytesText(size.gzip),
    siText(measured.macs),
    percentText(measured.accuracyDrop),
    `${recipe.steps.map(({ pass }) => pass).join(', ')}${key === best.key ? '  ← written' : ''}`,
  ]);
  return tableText([['brotli', 'gzip', 'MACs', 'loss', 'passes'], ...rows]);
}
