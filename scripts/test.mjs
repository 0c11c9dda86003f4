// npm test: installs what is missing, finds a Chromium, then runs types, lint, build, unit and contract tests and browser
// tests, in this order. The first step that fails ends it. The last line counts the tests: "N passed, N failed".
// --only browser|unit runs one kind of test; what follows is handed to its runner.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, say } from './setup.mjs';

const reports = join(root, '.cache', 'reports');
const vitestReport = join(reports, 'vitest.json');
const playwrightReport = join(reports, 'playwright.json');
const total = { passed: 0, failed: 0 };

const steps = {
  types: () => runPackage('typescript', 'bin/tsc', ['--noEmit', '-p', '.']),
  lint: () => runPackage('oxlint', 'bin/oxlint', ['--deny-warnings']) && runNode([join(root, 'scripts', 'check-imports.mjs')]),
  build: () => attempt(() => ensureBuilt(['page', 'cli'])),
  unit: (rest) =>
    countAfter(vitestReport, readVitest, () =>
      runPackage('vitest', 'vitest.mjs', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`, ...rest]),
    ),
  browser: (rest) =>
    countAfter(playwrightReport, readPlaywright, () =>
      runPackage('@playwright/test', 'cli.js', ['test', '--reporter=list,json', ...rest], { PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport }),
    ),
};

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;

async function main(args) {
  const { names, rest } = chooseSteps(args);
  mkdirSync(reports, { recursive: true });
  let passed = (await attempt(ensureInstalled)) && (await attempt(() => ensureInstalled(join(root, 'tests', 'corpus'))));
  if (passed && names.includes('browser')) passed = await attempt(findBrowser);
  if (!passed) total.failed++;
  for (const name of passed ? names : []) {
    say(`\n── ${name}`);
    const startedMs = Date.now();
    passed = await steps[name](rest);
    say(`── ${name} ${passed ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - startedMs) / 1000)} s`);
    if (passed) continue;
    if (total.failed === 0) total.failed = 1; // a step without tests of its own counts as one
    break;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return passed;
}

function chooseSteps(args) {
  if (args[0] !== '--only') return { names: Object.keys(steps), rest: [] };
  const chosen = { unit: ['unit'], browser: ['build', 'browser'] }[args[1]];
  if (!chosen) {
    say('Usage: npm test [-- --only unit|browser [arguments for vitest or playwright]]');
    process.exit(2);
  }
  return { names: chosen, rest: args.slice(2) };
}

async function findBrowser() {
  // Imported late: it needs the packages that ensureInstalled brings.
  const { obtainChromium } = await import('./chromium.mjs');
  process.env.WHITTLE_CHROMIUM = await obtainChromium();
  say(`Browser: ${process.env.WHITTLE_CHROMIUM}`);
}

async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    say(error.message);
    return false;
  }
}

/** Runs a test runner and adds what its report counts. A runner that fails without a failed test counts as one failure. */
function countAfter(report, read, run) {
  rmSync(report, { force: true });
  const ok = run();
  let counts = { passed: 0, failed: 0 };
  try {
    counts = read(JSON.parse(readFileSync(report, 'utf8')));
  } catch (error) {
    say(`The runner left no readable report (${error.message}).`);
    counts.failed = 1;
  }
  if (!ok && counts.failed === 0) counts.failed = 1;
  if (ok && counts.passed === 0) {
    say('No test ran.');
    counts.failed = 1;
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  return ok && counts.failed === 0;
}

function readVitest(report) {
  return { passed: report.numPassedTests, failed: report.numFailedTests };
}

function readPlaywright({ stats }) {
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected };
}

function runPackage(name, script, args, env = {}) {
  return runNode([join(root, 'node_modules', name, script), ...args], env);
}

function runNode(args, env = {}) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}
