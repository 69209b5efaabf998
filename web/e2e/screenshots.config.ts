import config, { whole } from './playwright.config.ts'

const { projects: _tests, ...rest } = config

export default { ...rest, use: { ...rest.use, launchOptions: whole, locale: 'en-GB' }, testMatch: 'screenshots.ts', workers: 1, timeout: 120_000 }
