// Part of npm run lint: holds the import directions of ARCHITECTURE.md over all of src. The rules are in import-rules.mjs.
import { join } from 'node:path';
import { checkImports } from './import-rules.mjs';
import { root } from './setup.mjs';
import { readSourceFiles } from './source-files.mjs';

const files = readSourceFiles(join(root, 'src'));
const problems = checkImports(files);
for (const problem of problems) console.error(`src/${problem}`);
console.log(`Imports: ${files.size} files, ${problems.length} broken rules.`);
process.exitCode = problems.length === 0 && files.size > 0 ? 0 : 1;
