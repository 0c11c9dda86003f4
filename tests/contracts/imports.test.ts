// The import rules themselves: each rule catches a deliberate violation, and the real tree breaks none.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkImports } from '../../scripts/import-rules.mjs';
import { readSourceFiles } from '../../scripts/source-files.mjs';

const empty = 'export const a = 1;';

/** Checks one file among empty neighbours. */
function check(path: string, text: string, neighbours: string[] = []): string[] {
  return checkImports(new Map([...neighbours.map((name): [string, string] => [name, empty]), [path, text]]));
}

describe('import rules', () => {
  it('hold over the real tree', () => {
    const files = readSourceFiles(fileURLToPath(new URL('../../src', import.meta.url)));
    expect(files.size).toBeGreaterThan(10);
    expect(checkImports(files)).toEqual([]);
  });

  const violations: { rule: string; path: string; text: string; neighbours?: string[]; says: RegExp }[] = [
    { rule: 'a lower folder imports a higher one', path: 'ir/graph.ts', text: "import { a } from '../engine/open';", neighbours: ['engine/open.ts'], says: /src\/ir must not import values from src\/engine/ },
    { rule: 'lib imports anything of src', path: 'lib/bytes.ts', text: "import { a } from '../options/options';", neighbours: ['options/options.ts'], says: /src\/lib must not import/ },
    { rule: 'folders of one row import each other', path: 'passes/fold/run.ts', text: "import { a } from '../../formats/index';", neighbours: ['formats/index.ts'], says: /src\/passes must not import values from src\/formats/ },
    { rule: 'a re-export goes the wrong way', path: 'ops/pool.ts', text: "export { a } from '../passes/pass';", neighbours: ['passes/pass.ts'], says: /src\/ops must not import/ },
    { rule: 'a lazy import goes the wrong way', path: 'ops/pool.ts', text: "export const load = () => import('../passes/pass');", neighbours: ['passes/pass.ts'], says: /src\/ops must not import/ },
    { rule: 'an import for its effect goes the wrong way', path: 'ops/pool.ts', text: "import '../passes/pass';", neighbours: ['passes/pass.ts'], says: /src\/ops must not import/ },
    { rule: 'one of several names is a value', path: 'ir/walk.ts', text: "import { type b, a } from '../ops/pool';", neighbours: ['ops/pool.ts'], says: /src\/ir must not import/ },
    { rule: 'the page imports the engine', path: 'ui/Page.tsx', text: "import { a } from '../engine/open';", neighbours: ['engine/open.ts'], says: /the model lives in the worker/ },
    { rule: 'a store imports the runtime', path: 'state/session.ts', text: "import { a } from '../runtime/index';", neighbours: ['runtime/index.ts'], says: /the model lives in the worker/ },
    { rule: 'the worker imports the command line', path: 'worker/worker.ts', text: "import { a } from '../cli/main';", neighbours: ['cli/main.ts'], says: /src\/worker must not import/ },
    { rule: 'TensorFlow.js outside runtime and training', path: 'passes/prune/run.ts', text: "import { tidy } from '@tensorflow/tfjs-core';", says: /'@tensorflow\/tfjs-core' belongs in src\/runtime\/ and src\/training\// },
    { rule: 'a deep import of TensorFlow.js elsewhere', path: 'engine/open.ts', text: "import '@tensorflow/tfjs-core/dist/ops/add';", says: /belongs in src\/runtime/ },
    { rule: 'comlink outside worker', path: 'state/session.ts', text: "import { wrap } from 'comlink';", says: /'comlink' belongs in src\/worker\// },
    { rule: 'zustand outside state', path: 'ui/Page.tsx', text: "import { create } from 'zustand';", says: /'zustand' belongs in src\/state\// },
    { rule: 'react outside ui', path: 'state/session.ts', text: "import { useState } from 'react';", says: /'react' belongs in src\/ui\// },
    { rule: 'recharts outside ui/charts', path: 'ui/results/Results.tsx', text: "import { Line } from 'recharts';", says: /'recharts' belongs in src\/ui\/charts\// },
    { rule: 'a catalog imports work', path: 'passes/catalog.ts', text: "import { a } from './prune/run';", neighbours: ['passes/prune/run.ts'], says: /passes\/catalog\.ts: is data/ },
    { rule: 'a meta file imports a package', path: 'formats/keras/meta.ts', text: "import { unzip } from 'fflate';", says: /must not import the package 'fflate'/ },
    { rule: 'export * of a file', path: 'lib/index.ts', text: "export * from './bytes';", neighbours: ['lib/bytes.ts'], says: /export \* from/ },
    { rule: 'an import that leads nowhere', path: 'lib/bytes.ts', text: "import { a } from './gone';", says: /leads to no file/ },
    { rule: 'an import that leaves src', path: 'lib/bytes.ts', text: "import { a } from '../../tests/helper';", says: /leads to no file/ },
    { rule: 'a folder without a place', path: 'misc/a.ts', text: "import { a } from '../lib/bytes';", neighbours: ['lib/bytes.ts'], says: /src\/misc has no place/ },
    { rule: 'a file that does not parse', path: 'lib/bytes.ts', text: 'export const = ;', says: /does not parse/ },
  ];
  it.each(violations)('catch it when $rule', ({ path, text, neighbours, says }) => {
    const problems = check(path, text, neighbours);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(says);
  });

  it('catch a cycle of static imports', () => {
    const files = new Map([
      ['lib/a.ts', "import { b } from './b'; export const a = b;"],
      ['lib/b.ts', "import { c } from './c'; export const b = c;"],
      ['lib/c.ts', "import { a } from './a'; export const c = () => a;"],
    ]);
    expect(checkImports(files)).toEqual(['lib/a.ts: imports itself by way of lib/b.ts → lib/c.ts → lib/a.ts.']);
  });

  const permitted: { rule: string; path: string; text: string; neighbours?: string[] }[] = [
    { rule: 'types from anywhere', path: 'lib/bytes.ts', text: "import type { a } from '../engine/open'; import type { Tensor } from '@tensorflow/tfjs-core'; export type { b } from '../ui/b';", neighbours: ['engine/open.ts', 'ui/b.ts'] },
    { rule: 'values from below', path: 'engine/open.ts', text: "import { a } from '../formats/index'; import { b } from '../lib/bytes';", neighbours: ['formats/index.ts', 'lib/bytes.ts'] },
    { rule: 'TensorFlow.js in runtime', path: 'runtime/tfjs/run.ts', text: "import { tidy } from '@tensorflow/tfjs-core';" },
    { rule: 'options and sibling metas in a catalog', path: 'passes/catalog.ts', text: "import { meta } from './prune/meta'; import { a } from '../options/options';", neighbours: ['passes/prune/meta.ts', 'options/options.ts'] },
    { rule: 'styles and data files', path: 'ui/Page.tsx', text: "import styles from './Page.module.css'; import wasm from './x.wasm?url';" },
    { rule: 'what only looks like an import', path: 'lib/bytes.ts', text: "// import { a } from '../engine/open';\nexport const text = \"import { a } from '../engine/open'\";", neighbours: ['engine/open.ts'] },
  ];
  it.each(permitted)('allow $rule', ({ path, text, neighbours }) => {
    expect(check(path, text, neighbours)).toEqual([]);
  });
});
