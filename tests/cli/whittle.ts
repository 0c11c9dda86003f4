/** Runs one command line in this process and gives what it printed; folders of its own for what it writes. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runCli } from '../../src/cli/run-cli';
import { caseFileBytes } from '../fixtures/keras/cases';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** stdout as JSON. */
  json<T = Record<string, unknown>>(): T;
}

export async function whittle(...argv: readonly string[]): Promise<Outcome> {
  const lines: { out: string[]; err: string[] } = { out: [], err: [] };
  const code = await runCli(argv, { out: (text) => void lines.out.push(text), err: (text) => void lines.err.push(text) });
  const out = lines.out.join('\n');
  return { code, out, err: lines.err.join('\n'), json: <T>() => JSON.parse(out) as T };
}

/** The last line on stderr: the one sentence of a failure. */
export function lastLine({ err }: Outcome): string {
  return err.trimEnd().split('\n').at(-1)!;
}

/** A folder that is gone after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'whittle-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A Keras fixture, unpacked into `folder`; gives its path. */
export function unpackCase(folder: string, path: string): string {
  const target = join(folder, path.replace(/\.gz$/, '').replaceAll('/', '-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(target, caseFileBytes(path));
  return target;
}

/** Every file below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export const CNN = 'public/samples/fashion_cnn.keras';
export const MOBILE = 'public/samples/fashion_mobile.keras';
/** 64 images as fractions with labels (x, y), and what Keras answers. */
export const RECORD = 'tests/fixtures/fashion/expected-outputs.npz';
