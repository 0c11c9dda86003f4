/** whittle sensitivity: which layers bear compression and which do not. */
import type { SensitivityResult } from '../../engine/search-types';
import { emptyRecipe } from '../../passes/recipe';
import type { SensitivityRow } from '../../search/types';
import { oneModel, type Command } from '../command';
import { openData } from '../open-data';
import { wholeNumber } from '../parse-arguments';
import { preprocessingFlags, withPreprocessing } from '../preprocessing-flags';
import { sourceFiles } from '../source-files';
import { bytesText, tableText } from '../text';
import { variantText } from '../variant-text';

const DEFAULT_SAMPLES = 64;
/** Digits of a divergence: its order of magnitude is what counts. */
const DIGITS = 3;

export const sensitivityCommand: Command = {
  usage: 'whittle sensitivity MODEL [--data D] [--samples N] [--seed N] [--checkpoint DIR] [--scale S --mean M --std S --size HxW --channels rgb|bgr|grey] [--json]',
  summary: 'Compresses one layer at a time in several ways and says how far the outputs move (divergence of Kullback and Leibler) and what it saves, the most sensitive first. Without data it looks at random inputs. With --checkpoint the same command goes on where it was ended.',
  flags: ['data', 'samples', 'seed', 'checkpoint', 'json', ...preprocessingFlags],
  async run(context) {
    const { engine, flags, report } = context;
    const path = oneModel(context);
    const samples = wholeNumber(flags, 'samples', DEFAULT_SAMPLES, 1);
    engine.setSeed(wholeNumber(flags, 'seed', 1, 0));
    await engine.open(await sourceFiles(path), report);
    const { suggested } = await openData(engine, flags.text('data'), report);
    const { preprocessing = null } = withPreprocessing(emptyRecipe, flags, suggested);
    const found = await engine.sensitivity({ samples, layers: null, preprocessing }, report, () => {});
    const rows = found.rows.toSorted((a, b) => b.kl - a.kl);
    context.print({ ...found, rows }, () => `${sourceText(found)}\n\n${rowTable(rows)}`);
  },
};

function sourceText({ samples, source }: SensitivityResult): string {
  const where = { training: 'set aside for training', measured: 'of the data', random: 'of random numbers' } as const;
  return `${samples} examples ${where[source]}; a divergence of 0 changes nothing`;
}

function rowTable(rows: readonly SensitivityRow[]): string {
  const lines = rows.map((row) => [row.layer, row.pass, variantText(row), bytesText(row.bytesSaved), row.kl.toPrecision(DIGITS)]);
  return tableText([['layer', 'pass', 'options', 'saved', 'KL'], ...lines]);
}
