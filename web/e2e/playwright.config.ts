import { existsSync } from 'node:fs'
import { defineConfig, type LaunchOptions } from '@playwright/test'

/** The browser that this machine has, or the one that Playwright has installed. */
function browser(path: string, own: LaunchOptions): LaunchOptions {
  const chosen = process.env['PARLEY_CHROMIUM'] ?? path
  return {
    ...(existsSync(chosen) ? { executablePath: chosen } : own),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
  }
}

// The same engine without the windows around it takes half the time.
const shell = browser(existsSync('/usr/bin/chromium-headless-shell') ? '/usr/bin/chromium-headless-shell' : '/usr/bin/chromium', {})
// It shows no notifications, and what people use is what has to be fast.
export const whole = browser('/usr/bin/chromium', { channel: 'chromium' })

export default defineConfig({
  testDir: '.',
  // What is measured by the clock runs alone, after the rest.
  projects: [
    { name: 'all', testMatch: '*.spec.ts', testIgnore: ['installed.spec.ts', 'notices.spec.ts', 'speed.spec.ts', 'scale.spec.ts'] },
    { name: 'notified', testMatch: ['installed.spec.ts', 'notices.spec.ts'], use: { launchOptions: whole } },
    { name: 'speed', testMatch: 'speed.spec.ts', dependencies: ['all', 'notified'], use: { launchOptions: whole } },
    { name: 'scale', testMatch: 'scale.spec.ts', dependencies: ['speed'], use: { launchOptions: whole } },
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
    // What was done, without pictures of the page at each step, which cost a third of the time.
    trace: { mode: 'retain-on-failure', snapshots: false, screenshots: false, sources: false },
    launchOptions: shell,
  },
})
