/** The built command line as a process: stdout holds the result and nothing else, and the exit code tells. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { unpackCase, temporaryFolder } from './whittle';

/** It may have to be built first. */
const TIMEOUT_MS = 240_000;
const folder = temporaryFolder();

const start = (...argv: string[]) => spawnSync(process.execPath, ['scripts/whittle.mjs', ...argv], { encoding: 'utf8', timeout: TIMEOUT_MS });

describe('scripts/whittle.mjs', () => {
  it('prints JSON alone on stdout, and progress on stderr', { timeout: TIMEOUT_MS }, () => {
    const model = unpackCase(folder, 'keras3/dense.keras.gz');
    const { status, stdout, stderr } = start('inspect', model, '--json');
    expect(stderr).not.toMatch(/rror/);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'keras', inputs: [{ shape: [-1, 5] }] });
    expect(stderr).toMatch(/ …$/m);

    // The backends work in the bundle too: their .wasm files are found.
    const bench = start('bench', model, '--json');
    expect(bench.status).toBe(0);
    expect(JSON.parse(bench.stdout)).toMatchObject({ backend: 'wasm', models: [{ verdict: null }] });
  });

  it('exits with 1 after a failure and 2 after wrong usage', { timeout: TIMEOUT_MS }, () => {
    expect(start('inspect', 'nowhere.keras')).toMatchObject({ status: 1, stdout: '' });
    const wrong = start('inspect');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('Usage: whittle inspect MODEL [--json]');
  });
});
