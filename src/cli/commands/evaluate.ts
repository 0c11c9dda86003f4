/** whittle evaluate: top-1 accuracy on labelled data. */
import { emptyRecipe } from '../../passes/recipe';
import { backendFlag, backendFor, oneModel, requiredFlag, type Command } from '../command';
import { openData } from '../open-data';
import { wholeNumber } from '../parse-arguments';
import { preprocessingFlags, withPreprocessing } from '../preprocessing-flags';
import { sourceFiles } from '../source-files';
import { percentText } from '../text';

export const evaluateCommand: Command = {
  usage: 'whittle evaluate MODEL --data D [--limit N] [--backend wasm|cpu|litert-wasm] [--scale S --mean M --std S --size HxW --channels rgb|bgr|grey] [--json]',
  summary: 'Top-1 accuracy on labelled data, with its 95 % interval.',
  flags: ['data', 'limit', 'backend', 'json', ...preprocessingFlags],
  async run(context) {
    const { engine, flags, report } = context;
    const path = oneModel(context);
    const data = requiredFlag(flags, 'data');
    // A misspelt backend is refused before anything is read.
    backendFlag(flags);
    const limit = wholeNumber(flags, 'limit', Number.MAX_SAFE_INTEGER, 1);
    const backend = backendFor(flags, await engine.open(await sourceFiles(path), report));
    const { suggested } = await openData(engine, data, report);
    const recipe = withPreprocessing(emptyRecipe, flags, suggested);
    const { accuracy, count } = await engine.evaluate(recipe, backend, limit, report);
    context.print(
      { accuracy: accuracy.value, n: count, low: accuracy.low, high: accuracy.high },
      () => `${percentText(accuracy.value)} [${percentText(accuracy.low)}, ${percentText(accuracy.high)}], n = ${count}`,
    );
  },
};
