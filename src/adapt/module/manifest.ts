/** manifest.json of an exported module: what lies in the folder, and what each model should answer. */

export interface ManifestRung {
  readonly name: string;
  readonly accuracy: number | null;
  readonly nbytes: number;
  /** Multiply-accumulates of one example. */
  readonly macs: number;
  /** Of one batch in Node on WASM: tells the rungs' proportions before anything is timed. */
  readonly service: { readonly overheadMs: number; readonly perExampleMs: number };
  /** Paths from the manifest: TensorFlow.js's model.json and its weight files, with the names of its input and output. */
  readonly tfjs: { readonly model: string; readonly weights: readonly string[]; readonly input: string; readonly output: string } | null;
  /** A .tflite for one example. */
  readonly litert: string | null;
  /** What it answers to the probe's inputs. */
  readonly expected: readonly (readonly number[])[];
}

export interface Manifest {
  readonly format: 'whittle-adaptive';
  readonly version: 1;
  /** Of the files' content: another ladder remembers another backend. */
  readonly id: string;
  readonly input: Port;
  readonly output: Port;
  /** (values · scale − mean) / std, as the models were given their examples. */
  readonly preprocessing: unknown;
  /** Inputs that every backend must answer rightly before it is used: uniform in 0…1, from this seed. */
  readonly probe: { readonly seed: number; readonly count: number };
  readonly rungs: readonly ManifestRung[];
}

export interface Port {
  /** Without the batch. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** Throws an Error that says what is wrong. */
export function checkManifest(value: unknown): Manifest {
  const manifest = value as Partial<Manifest> | null;
  if (manifest?.format !== 'whittle-adaptive') throw new Error('manifest.json is not that of an adaptive module.');
  if (manifest.version !== 1) throw new Error(`manifest.json has version ${String(manifest.version)}; this module reads version 1.`);
  if (!manifest.rungs?.length) throw new Error('manifest.json lists no model.');
  return manifest as Manifest;
}

export function sizeOfPort({ shape }: Port): number {
  return shape.reduce((product, size) => product * size, 1);
}
