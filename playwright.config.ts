// Browser tests of the built page, driven as a person would. Two browsers: one with WebGPU and WebGL in software, so that
// every machine can run it, and one as delivered, where WebGPU may be missing (*.fallback.spec.ts).
import { defineConfig } from '@playwright/test';
import { chromiumFlags, installedChromium } from './scripts/chromium.mjs';

// One port per run, so that two runs on one machine do not meet. Workers read this file again and inherit the variable.
const firstTestPort = 20_000;
const testPorts = 10_000;
process.env['WHITTLE_TEST_PORT'] ??= String(firstTestPort + (process.pid % testPorts));
process.env['WHITTLE_CHROMIUM'] ??= installedChromium() ?? '';

const port = process.env['WHITTLE_TEST_PORT'];
const executablePath = process.env['WHITTLE_CHROMIUM'] || undefined;

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  workers: 1, // the tests measure and share one small machine
  retries: 0,
  forbidOnly: true,
  timeout: 600_000, // software WebGPU is slow
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    baseURL: `http://localhost:${port}/`,
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  projects: [
    {
      name: 'chromium',
      testIgnore: '**/*.fallback.spec.ts',
      use: { browserName: 'chromium', launchOptions: { executablePath, args: chromiumFlags.webgpu } },
    },
    {
      name: 'no-webgpu',
      testMatch: '**/*.fallback.spec.ts',
      use: { browserName: 'chromium', launchOptions: { executablePath, args: chromiumFlags.plain } },
    },
  ],
  webServer: {
    command: 'node scripts/start.mjs --serve-only',
    url: `http://localhost:${port}/`,
    env: { PORT: port, HOST: '127.0.0.1' },
    reuseExistingServer: false,
    timeout: 30_000,
  },
});
