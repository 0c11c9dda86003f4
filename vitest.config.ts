// Unit and contract tests, in Node. Browser tests are Playwright's (playwright.config.ts).
import { defineConfig } from 'vitest/config';
import { adaptiveModule } from './scripts/adaptive-module.mjs';

export default defineConfig({
  plugins: [adaptiveModule()],
  test: {
    environment: 'node',
    include: ['tests/**/*.test.{ts,tsx}'],
    exclude: ['tests/e2e/**', '**/node_modules/**'],
    pool: 'forks',
    maxWorkers: 2, // each holds a TensorFlow.js of its own; more would not fit small machines
    testTimeout: 600_000, // whole models run on slow, busy machines; no test is about time
    hookTimeout: 600_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.{ts,tsx}'],
      // Workers and *.browser.ts need a browser: Playwright's tests run them.
      exclude: ['src/ui/**', 'src/main.tsx', 'src/**/*.d.ts', 'src/worker/**', 'src/**/*.browser.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
});
