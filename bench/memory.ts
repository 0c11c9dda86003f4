/** npm run bench -- memory FILE: how much memory opening a model takes, as multiples of its size. */
import { sourceFiles } from '../src/cli/source-files';
import { createNodeEngine } from '../src/cli/node-engine';

const path = process.argv[2];
if (path === undefined) throw new Error('Usage: npm run bench -- memory FILE');
const files = await sourceFiles(path);
const nbytes = files.reduce((sum, file) => sum + file.blob.size, 0);
const engine = createNodeEngine();
const startKb = process.resourceUsage().maxRSS;
const begin = performance.now();
const summary = await engine.open(files, () => {});
const elapsedMs = performance.now() - begin;
const peakKb = process.resourceUsage().maxRSS;
console.log(`${summary.name}: ${(nbytes / 1e6).toFixed(1)} MB, opened in ${elapsedMs.toFixed(0)} ms`);
console.log(`peak resident memory ${(peakKb / 1e3).toFixed(0)} MB (${(startKb / 1e3).toFixed(0)} MB before): ${((peakKb * 1024) / nbytes).toFixed(2)} × the file`);
await engine.dispose();
