/**
 * npm run bench -- factorize IMAGES.npz MODEL.keras …: one-shot factorization (no training) by method and rank, beside plain SVD.
 * Ranks are fitted on the first 256 training images; accuracy is on all test images. The peers' figures on fashion_cnn's dense layer
 * 1152 × 128, NumPy's SVD one-shot: rank 16 92.04 %, rank 8 81.7 %.
 */
import { basename } from 'node:path';
import { measureCost } from '../src/measure/cost';
import type { OptionValue } from '../src/options/options';
import { makeStep } from '../src/passes/recipe';
import { accuracyOn, applySteps, readFolded, readImages } from './images';

const keep = [0.75, 0.5, 0.35, 0.25];
const ways = ['channels', 'spatial', 'tucker', 'auto'];

const [data, ...models] = process.argv.slice(2);
if (data === undefined || models.length === 0) throw new Error('Usage: npm run bench -- factorize IMAGES.npz MODEL.keras …');
const train = await readImages(data, 'train');
const all = await readImages(data, 'test');
/** WHITTLE_IMAGES=n measures on the first n test images only. */
const test = { ...all, count: Math.min(all.count, Number(process.env.WHITTLE_IMAGES ?? all.count)), labels: all.labels.slice(0, Number(process.env.WHITTLE_IMAGES ?? all.count)) };
for (const path of models) {
  const graph = await readFolded(path);
  const before = measureCost(graph);
  const name = basename(path);
  console.log(`${name}: ${(100 * (await accuracyOn(graph, test))).toFixed(2)} %, ${before.macs} MACs, ${before.parameters} parameters`);
  const largestDense = before.nodes.filter(({ op }) => op === 'dense').reduce((a, b) => (b.parameters > a.parameters ? b : a)).node;
  const row = async (label: string, options: Readonly<Record<string, OptionValue>>, onlyDense = false): Promise<void> => {
    const started = performance.now();
    const step = makeStep('factorize', options, onlyDense ? [{ match: '*', keep: true }, { match: largestDense }] : []);
    const factored = await applySteps(graph, [step], train);
    const seconds = (performance.now() - started) / 1000;
    const cost = measureCost(factored);
    const share = (now: number, then: number): string => `${((100 * now) / then).toFixed(1)} %`;
    console.log(
      `${name} | ${label} | ${(100 * (await accuracyOn(factored, test))).toFixed(2)} % | MACs ${share(cost.macs, before.macs)} | parameters ${share(cost.parameters, before.parameters)} | ${seconds.toFixed(1)} s`,
    );
  };
  for (const rank of name.startsWith('fashion_cnn') ? [16, 8] : []) {
    for (const dataAware of [true, false]) await row(`dense alone, rank ${rank}/128, ${dataAware ? 'data' : 'weights'}`, { rankBy: 'rank', rankShare: rank / 128, dataAware }, true);
  }
  for (const share of keep) {
    for (const convolutions of ways) await row(`model's MACs ${share}, ${convolutions}`, { rankBy: 'model', keep: share, convolutions });
    await row(`model's MACs ${share}, auto, weights alone`, { rankBy: 'model', keep: share, dataAware: false });
    await row(`model's weights ${share}, auto`, { rankBy: 'weights', keep: share });
    await row(`each layer's MACs ${share}, auto`, { rankBy: 'layer', keep: share });
  }
}
