/**
 * npm run bench -- energy [MODEL …]: estimated energy of an inference beside what others measured on a Coral Edge TPU; and of the given
 * model files on every kind of device, from the least to the most.
 */
import { basename } from 'node:path';
import { createNodeEngine } from '../src/cli/node-engine';
import { sourceFiles } from '../src/cli/source-files';
import { siText } from '../src/cli/text';
import { energyWork, estimateEnergies, estimateEnergy } from '../src/measure/energy';
import { energyProfile } from '../src/measure/energy-profiles';
import type { EnergyRange } from '../src/measure/types';
import { emptyRecipe } from '../src/passes/recipe';
import { edgeTpu } from '../tests/measure/published-energy';

console.log('Coral Edge TPU | estimated mJ (range) | measured mJ (QuTiBench)');
for (const { name, gops, weights, watts, framesPerSecond } of edgeTpu) {
  const work = [{ macs: (gops * 1e9) / 2, arithmetic: 'int8', weightBytes: weights, activationBytes: 0 } as const];
  console.log([name, rangeText(estimateEnergy(work, energyProfile('coral')).joules), ((1000 * watts) / framesPerSecond).toFixed(1)].join(' | '));
}

const rows: { readonly name: string; readonly macs: number; readonly joules: readonly (readonly [string, EnergyRange])[] }[] = [];
for (const path of process.argv.slice(2)) {
  const engine = createNodeEngine();
  const model = await engine.open(await sourceFiles(path), () => {});
  const { original } = await engine.graphsOf(emptyRecipe, () => {});
  rows.push({ name: basename(path), macs: model.cost.macs, joules: estimateEnergies(energyWork(original)).map(({ profile, joules }) => [profile, joules]) });
  await engine.dispose();
}
rows.sort((a, b) => a.joules[0]![1].value - b.joules[0]![1].value);
for (const { name, macs, joules } of rows) {
  console.log(`\n${name} | ${siText(macs)} MACs | mJ (range)`);
  for (const [profile, joule] of joules) console.log(`  ${profile} | ${rangeText(joule)}`);
}

function rangeText({ value, low, high }: EnergyRange): string {
  const milli = (joules: number, digits: number): string => String(Number((joules * 1e3).toPrecision(digits)));
  return `${milli(value, 3)} (${milli(low, 2)} to ${milli(high, 2)})`;
}
