// The TypeScript files of a folder, as path below it (forward slashes) → text.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function readSourceFiles(folder) {
  const files = new Map();
  const visit = (path) => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) visit(below);
      else if (/\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts')) files.set(below, readFileSync(join(folder, below), 'utf8'));
    }
  };
  visit('');
  return files;
}
