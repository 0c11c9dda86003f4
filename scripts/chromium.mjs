// Finds a Chromium for the browser tests: Playwright's own, else one on the system, else (Debian, as root) the package.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root, runLoud, say } from './setup.mjs';

/** A refused download fails at once or hangs; one that works reports each tenth, and does so within this time. */
const silenceLimitMs = 30_000;
/** How long a download that does move may take. */
const downloadLimitMs = 300_000;
/** Remembers that the download was refused here, so that the next run does not wait for it again. */
const refusalNote = join(root, 'node_modules', '.cache', 'whittle', 'download-refused');

const software = ['--use-angle=swiftshader', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--disable-vulkan-surface'];
const sandbox = process.platform === 'linux' ? ['--no-sandbox'] : [];

/** Linux machines that run tests seldom have a GPU, so theirs is SwiftShader; elsewhere the machine's own is used. */
export const chromiumFlags = {
  webgpu: [...sandbox, '--enable-unsafe-webgpu', ...(process.platform === 'linux' ? software : [])],
  plain: [...sandbox],
};

const systemPlaces = {
  linux: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable', '/opt/google/chrome/chrome', '/snap/bin/chromium', '/usr/bin/microsoft-edge'],
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter(Boolean)
    .flatMap((folder) => [join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'), join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe')]),
};

/** What is here already, without any download; undefined when there is none. */
export function installedChromium() {
  return playwrightChromium() ?? systemChromium();
}

/** The path of a Chromium that starts. Downloads or installs one when none is here; throws with what to do when that fails. */
export async function obtainChromium() {
  const found = playwrightChromium() ?? (await downloadChromium()) ?? systemChromium() ?? installDebianChromium();
  if (found) return found;
  throw new Error('No Chromium was found for the browser tests, and none could be downloaded. Install Chrome or Chromium, or name one in CHROME_PATH.');
}

function playwrightChromium() {
  const path = createRequire(import.meta.url)('playwright').chromium.executablePath();
  return starts(path) ? path : undefined;
}

function systemChromium() {
  const named = process.env.CHROME_PATH;
  if (named && !starts(named)) throw new Error(`CHROME_PATH is ${named}, which does not start. Correct it or leave it out.`);
  return named || (systemPlaces[process.platform] ?? systemPlaces.linux).find(starts);
}

/** Tries Playwright's download, within a time limit. A refusal is normal on closed networks: undefined, and it is remembered. */
async function downloadChromium() {
  if (existsSync(refusalNote) && systemChromium()) return undefined;
  say('Downloading a Chromium for the browser tests (once)…');
  if (await runPlaywrightInstall()) {
    rmSync(refusalNote, { force: true });
    return playwrightChromium();
  }
  say('The download was refused; looking for a Chromium on this system.');
  mkdirSync(dirname(refusalNote), { recursive: true });
  writeFileSync(refusalNote, 'Playwright could not download its Chromium here. Delete this file to have it tried again.\n');
  return undefined;
}

/** True when the download ended well; stopped when it says nothing for too long. */
function runPlaywrightInstall() {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, 'install', '--no-shell', 'chromium'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = () => child.kill('SIGKILL');
    const whole = setTimeout(stop, downloadLimitMs);
    let silence = setTimeout(stop, silenceLimitMs);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, silenceLimitMs);
    };
    child.stdout.on('data', heard);
    child.stderr.on('data', heard);
    const end = (ok) => {
      clearTimeout(whole);
      clearTimeout(silence);
      resolve(ok);
    };
    child.on('error', () => end(false));
    child.on('close', (code) => end(code === 0));
  });
}

function installDebianChromium() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) return undefined;
  say('Installing the Debian package chromium…');
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  runLoud('apt-get', ['update', '-qq'], options);
  runLoud('apt-get', ['install', '-y', '-qq', 'chromium'], options);
  return systemChromium();
}

/** There and able to load its libraries. Windows opens a window for --version, so there being there is enough. */
function starts(path) {
  if (!path || !existsSync(path)) return false;
  if (process.platform === 'win32') return true;
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: silenceLimitMs }).status === 0;
}
