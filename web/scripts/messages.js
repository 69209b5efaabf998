// Compiles the texts of every language on its own, so that each is a chunk that is
// fetched only by those who read it. As one project, every message would carry all.
// Those of administration and of rooms are books of their own, which come with their pages.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { compile } from '@inlang/paraglide-js'

const app = new URL('../app/', import.meta.url).pathname
const read = (path) => readFileSync(app + path, 'utf8')
const settings = JSON.parse(read('project.inlang/settings.json'))
const out = `${app}src/paraglide`

/** The folders of messages; what is compiled of them stands in folders of the same name. */
const books = ['', 'admin/', 'rooms/']

/** Does nothing for a language whose texts are as they were. */
async function compileLanguage(book, locale) {
  const state = createHash('sha256').update(read(`messages/${book}${locale}.json`)).update(readFileSync(new URL(import.meta.url))).digest('hex')
  const to = `${out}/${book}${locale}`
  const known = `${to}/.compiled`
  if (existsSync(known) && readFileSync(known, 'utf8') === state) return
  // Paths in a project are relative to the folder that it is in.
  const project = `${to}.inlang`
  const up = relative(dirname(project), app)
  mkdirSync(project, { recursive: true })
  writeFileSync(`${project}/settings.json`, JSON.stringify({
    ...settings, baseLocale: locale, locales: [locale],
    modules: settings.modules.map((path) => join(up, path)),
    'plugin.inlang.messageFormat': { pathPattern: `${up}/messages/${book}{locale}.json` },
  }))
  await compile({ project, outdir: to, strategy: ['baseLocale'], outputStructure: 'locale-modules', emitReadme: false })
  rmSync(project, { recursive: true })
  shareFormats(to)
  writeFileSync(known, state)
}

/** All languages write numbers with the app's own formats, which are kept; paraglide would make one for every message. */
function shareFormats(to) {
  writeFileSync(`${to}/registry.js`, `export { number, plural } from '${relative(to, `${app}src/lib/formats.ts`)}'\n`)
}

export async function compileMessages() {
  for (const book of books) for (const locale of settings.locales) await compileLanguage(book, locale)
}

if (process.argv[1] === new URL(import.meta.url).pathname) await compileMessages()
