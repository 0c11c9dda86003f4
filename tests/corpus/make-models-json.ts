/**
 * Writes models.json: what the chosen models consist of, once tfjs itself has loaded and run each with finite outputs.
 * The rows of README.md's table come out on stdout. From the repository's root:
 *
 *   npm ci --prefix tests/corpus --ignore-scripts --omit=peer
 *   npx rolldown tests/corpus/make-models-json.ts --platform node --format esm --external @tensorflow/tfjs \
 *     --external @tensorflow/tfjs-backend-wasm --file node_modules/.cache/make-models-json.mjs
 *   node node_modules/.cache/make-models-json.mjs [--compare]
 *
 * With --compare (minutes), also how far tfjs's own cpu and wasm backends are apart on each model.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { Chosen } from './chosen';
import { CHOSEN } from './chosen';
import type { CorpusModel } from './load';
import { loadCorpusFiles } from './load';
import type { TfjsRun } from './run-with-tfjs';
import { runWithTfjs } from './run-with-tfjs';

const directory = resolve('tests/corpus');
const MEDIUM_FROM_MS = 50;
const HEAVY_FROM_MS = 300;
const CONTROL_FLOW =
  /^(Switch|Merge|Enter|Exit|NextIteration|LoopCond|(Stateless)?(If|While)|TensorArray.*|TensorList.*)$/;

setWasmPaths(`${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`);
const models: CorpusModel[] = [];
for (const chosen of CHOSEN) models.push(await describe(chosen));
writeFileSync(join(directory, 'models.json'), `${JSON.stringify(models, null, 1)}\n`);

interface ModelJson {
  readonly modelTopology: {
    readonly node?: readonly { readonly op: string }[];
    readonly model_config?: LayersConfig;
    readonly config?: LayersConfig['config'];
  };
  readonly weightsManifest: readonly {
    readonly weights: readonly { readonly dtype: string; readonly quantization?: { readonly dtype: string } }[];
  }[];
}

interface LayersConfig {
  readonly config: { readonly layers: readonly { readonly class_name: string }[] };
}

async function describe(chosen: Chosen): Promise<CorpusModel> {
  const about = JSON.parse(readFileSync(join(directory, 'node_modules', chosen.folder, 'package.json'), 'utf8'));
  const form = chosen.form ?? 'json';
  const files = await loadCorpusFiles({ ...chosen, form }, directory);
  const json = JSON.parse(new TextDecoder().decode(files[0]?.bytes)) as ModelJson;
  const { node, model_config: wrapped, config = wrapped?.config } = json.modelTopology;
  const names = node?.map((n) => n.op) ?? config?.layers.map((l) => l.class_name) ?? [];
  const kind = node === undefined ? 'layers' : 'graph';
  const controlFlow = names.some((op) => CONTROL_FLOW.test(op));
  const weights = json.weightsManifest.flatMap((group) => group.weights);
  const run = await runOn('wasm', chosen, { kind, controlFlow }, files);
  if (!run.values.flat().every(Number.isFinite)) throw new Error(`${chosen.id}: outputs are not finite.`);
  const model: CorpusModel = {
    id: chosen.id,
    package: about.name,
    folder: chosen.folder,
    version: about.version,
    licence: about.license,
    path: chosen.path,
    kind,
    form,
    controlFlow,
    inputs: run.inputs,
    outputs: run.outputs,
    weightDtypes: [...new Set(weights.map((w) => (w.quantization ? `${w.quantization.dtype} as ${w.dtype}` : w.dtype)))],
    ops: count(names),
    nodeCount: names.length,
    nbytes: files.reduce((sum, file) => sum + file.bytes.byteLength, 0),
    cost: run.milliseconds < MEDIUM_FROM_MS ? 'light' : run.milliseconds < HEAVY_FROM_MS ? 'medium' : 'heavy',
  };
  const compares = process.argv.includes('--compare') && !controlFlow;
  const difference = compares ? largestDifference(run, await runOn('cpu', chosen, model, files)) : '–';
  console.log(tableRow(model, chosen, run, difference));
  return model;
}

async function runOn(backend: string, ...rest: Parameters<typeof runWithTfjs>): Promise<TfjsRun> {
  await tf.setBackend(backend);
  return runWithTfjs(...rest);
}

/** Between two of tfjs's own backends, relative to each output's largest value: what no test can ask us to beat. */
function largestDifference(a: TfjsRun, b: TfjsRun): string {
  const perOutput = a.values.map((values, i) => {
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    return values.reduce((most, value, k) => Math.max(most, Math.abs(value - (b.values[i]?.[k] ?? NaN)) / scale), 0);
  });
  return Math.max(...perOutput).toExponential(1);
}

function tableRow(model: CorpusModel, chosen: Chosen, run: TfjsRun, difference: string): string {
  const cells = [
    model.id,
    `${model.package} ${model.version}`,
    model.licence,
    model.kind,
    (model.nbytes / 1024).toFixed(0),
    model.weightDtypes.map((dtype) => dtype.replace(' as float32', '')).join(', ') || 'none',
    `${Object.keys(model.ops).length} / ${model.nodeCount}`,
    model.inputs.map((input) => `${input.shape.join('×')} ${input.dtype}`).join(', '),
    run.milliseconds.toFixed(0),
    difference,
    chosen.covers,
  ];
  return `| ${cells.join(' | ')} |`;
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
