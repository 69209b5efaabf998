import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

const installed = process.env['PARLEY_CHROMIUM'] ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: '.',
  // What is measured by the clock runs alone, after the rest.
  projects: [
    { name: 'all', testMatch: '*.spec.ts', testIgnore: ['speed.spec.ts', 'scale.spec.ts'] },
    { name: 'speed', testMatch: 'speed.spec.ts', dependencies: ['all'] },
    { name: 'scale', testMatch: 'scale.spec.ts', dependencies: ['speed'] },
  ],
  workers: 2,
  fullyParallel: false,
  timeout: 90_000,
  expect: { timeout: 8_000 },
  reporter: 'list',
  outputDir: '../test-results',
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(existsSync(installed) ? { executablePath: installed } : {}),
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
    },
  },
})
