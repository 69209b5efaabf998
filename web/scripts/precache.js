// Writes the service worker with the list of what the app needs to open.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const root = new URL('../../internal/webapp/dist/app/', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(`${root}.vite/manifest.json`, 'utf8'))
const files = new Set()
function need(key) {
  const chunk = manifest[key]
  if (!chunk || files.has(chunk.file)) return
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? []).filter((a) => /latin-wght/.test(a))]) files.add(file)
  for (const other of chunk.imports ?? []) need(other)
}
// Of the languages all have English; the service worker keeps the others, texts and names of emoji, when they are read. A font file that is not Latin is fetched when its letters are seen.
for (const entry of ['index.html', 'src/paraglide/en/messages/en.js', 'src/emoji/en.json', ...Object.keys(manifest).filter((key) => /^src\/(screens\/(chat|sign-in)|chat\/|emoji\/emoji)/.test(key))]) need(entry)
const list = [...files].map((file) => `/${file}`).concat('/icon.svg', '/theme.js')
const languages = {}
for (const { file } of Object.values(manifest)) {
  const tag = /^assets\/(?:lang|emoji)-(\w\w)-/.exec(file)?.[1]
  if (tag) (languages[tag] ??= []).push(`/${file}`)
}
const version = createHash('sha256').update(readFileSync(`${root}index.html`)).update(list.join()).update(JSON.stringify(languages)).digest('hex').slice(0, 12)
const template = readFileSync(new URL('../app/sw.js', import.meta.url), 'utf8')
writeFileSync(`${root}sw.js`, template.replace('const files = []', `const files = ${JSON.stringify(list)}`).replace('const languages = {}', `const languages = ${JSON.stringify(languages)}`).replace('shell-version', `shell-${version}`))
