/** whittle search: looks for the recipe that meets goals, and writes the best model that it found. */
import type { FoundCandidate, SearchRecovery, SearchResult } from '../../engine/search-types';
import type { TrainingSummary } from '../../engine/types';
import { emptyRecipe } from '../../passes/recipe';
import { frontOf } from '../../search/front';
import { countText } from '../../search/search';
import type { Goals } from '../../search/types';
import { bytesFlag, countFlag, millisecondsFlag, percentFlag } from '../amounts';
import { backendFlag, oneModel, requiredFlag, type Command, type CommandContext } from '../command';
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
/** Each costs a training. */
const DEFAULT_TRAINED_CANDIDATES = 12;
const LATENCY_DIGITS = 3;
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
    'whittle search MODEL --data D [--train D] [--size BYTES] [--drop PERCENT%] [--macs N] [--max-latency MS [--backend wasm|cpu|litert-wasm]] [--epochs N [--final-epochs N] [--train-examples N]] [--format tflite|tfjs|tfjs-layers|keras|h5[:option=value,…]] [--candidates N] [--seed N] [--limit N] [--checkpoint DIR] [--scale S --mean M --std S --channels rgb|bgr|grey] --out PATH [--json]',
  summary:
    'Looks for the recipe, layer by layer, that meets the goals: bytes compressed with brotli, loss of accuracy, MACs, latency (median of one example, measured here). Writes the best model found and prints the front. Candidates are judged on N examples of the training part (--train, the part that the data set aside, or half of them), the result on the others; goals that cannot be met are named. With --epochs every candidate is trained before it is judged (12 of them unless --candidates says otherwise), on at most --train-examples, and the best is trained once more on everything for --final-epochs (as many unless said). The original knows the examples that judge from its own training, so losses are rather over- than underestimated. Ctrl-C ends with the best so far; --checkpoint keeps every measurement for the next search.',
  flags: ['data', 'train', 'size', 'drop', 'macs', 'max-latency', 'backend', 'epochs', 'final-epochs', 'train-examples', 'format', 'candidates', 'seed', 'limit', 'checkpoint', 'out', 'json', 'scale', 'mean', 'std', 'channels'],
  async run(context) {
    const { engine, flags, report } = context;
    const path = oneModel(context);
    const data = requiredFlag(flags, 'data');
    const out = requiredFlag(flags, 'out');
    const goals = goalsOf(flags);
    const format = parseFormat(flags.text('format') ?? 'tflite');
    const seed = wholeNumber(flags, 'seed', DEFAULT_SEED, 0);
    const recovery = recoveryOf(flags);
    const candidates = wholeNumber(flags, 'candidates', recovery ? DEFAULT_TRAINED_CANDIDATES : DEFAULT_CANDIDATES, 1);
    const latencyBackend = goals.mostLatencyMs === undefined ? null : (backendFlag(flags) ?? 'wasm');
    const examples = wholeNumber(flags, 'limit', DEFAULT_EXAMPLES, 1);

    engine.setSeed(seed);
    await engine.open(await sourceFiles(path), report);
    const { dataset, suggested } = await openData(engine, data, report);
    const { preprocessing = null } = withPreprocessing(emptyRecipe, withoutSize(flags), suggested);
    const training = await setAside(context);
    const found = await engine.search({ goals, format: format.id, options: format.options, candidates, seed, examples, samples: SAMPLES, preprocessing, latencyBackend, recovery }, report, () => {});
    const { recipe, size } = found.final ?? found.best;
    const result = await engine.writeModel(recipe, format.id, format.options, report);
    const verification = await engine.verifyModel(result, recipe, report, { samples: VERIFY_SAMPLES, isTimed: true });
    const comparison = dataset?.hasLabels ? await engine.compareAccuracy(recipe, 'wasm', Number.MAX_SAFE_INTEGER, report) : null;
    const written = await writeOutput(out, result.files);
    const front = frontOf(found.candidates);
    context.print({ out: written, format: format.id, goals, ...found, front: front.map(({ key }) => key), accuracy: comparison, verification, recipe }, () =>
      [
        found.message,
        `${written}: ${bytesText(size.raw)}, gzip ${bytesText(size.gzip)}, brotli ${bytesText(size.brotli)}`,
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
  const mostLatencyMs = millisecondsFlag(flags, 'max-latency');
  const goals = Object.fromEntries(Object.entries({ mostBytes, mostAccuracyDrop, mostMacs, mostLatencyMs }).filter(([, goal]) => goal !== undefined)) as Goals;
  if (Object.keys(goals).length === 0) throw new UsageError('A goal is needed: --size, --drop, --macs or --max-latency.');
  if (mostLatencyMs === undefined && flags.text('backend') !== undefined) throw new UsageError('--backend says where --max-latency is measured, and none is given.');
  return goals;
}

function recoveryOf(flags: Flags): SearchRecovery | null {
  const alone = (['final-epochs', 'train-examples'] as const).find((name) => flags.text(name) !== undefined);
  if (flags.text('epochs') === undefined) {
    if (alone) throw new UsageError(`--${alone} says how candidates are trained; --epochs says that they are.`);
    return null;
  }
  const epochs = wholeNumber(flags, 'epochs', 1, 1);
  const trainExamples = flags.text('train-examples') === undefined ? {} : { trainExamples: wholeNumber(flags, 'train-examples', 1, 1) };
  return { epochs, finalEpochs: wholeNumber(flags, 'final-epochs', epochs, 1), ...trainExamples };
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
  return `${countText(candidates.length)} judged on ${examples} examples of ${name} that are not measured on${isLabelled ? '' : ', which have no labels: the loss is the share of answers that changed'}`;
}

function frontTable(front: readonly FoundCandidate[], { best, final }: SearchResult): string {
  const isTimed = front.some(({ measured }) => measured.latencyMs !== null);
  const rows = front.map(({ key, size, measured, recipe }) => [
    bytesText(size.brotli),
    bytesText(size.gzip),
    siText(measured.macs),
    percentText(measured.accuracyDrop),
    ...(isTimed ? [`${measured.latencyMs?.toPrecision(LATENCY_DIGITS) ?? '?'} ms`] : []),
    `${recipe.steps.map(({ pass }) => pass).join(', ')}${key === best.key ? `  ← ${final ? 'trained on and ' : ''}written` : ''}`,
  ]);
  return tableText([['brotli', 'gzip', 'MACs', 'loss', ...(isTimed ? ['latency'] : []), 'passes'], ...rows]);
}
