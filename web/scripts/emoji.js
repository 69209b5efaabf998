// Writes app/src/emoji: which emoji there are, from emojibase-data, and what they are called in
// each language, from the annotations of Unicode CLDR. Run it when either has a new version:
//
//   npm run emoji
//
// What it writes is checked in: the annotations of all languages are 155 MB, of which six are used.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const version = '48.2.0'
const app = new URL('../app/', import.meta.url).pathname
const json = (path) => JSON.parse(readFileSync(path, 'utf8'))
const { locales } = json(`${app}project.inlang/settings.json`)
const all = json(new URL('../node_modules/emojibase-data/en/data.json', import.meta.url))
  .filter((e) => e.group !== undefined && e.group !== 2) // neither letters for flags nor bare skin tones
  .sort((a, b) => a.order - b.order)

/** The emoji in the five skin tones; where there are two people, both have the same. */
function inTones({ skins = [] }) {
  return [1, 2, 3, 4, 5].flatMap((tone) => skins.find((s) => s.tone === tone || (Array.isArray(s.tone) && s.tone.every((t) => t === tone)))?.emoji ?? [])
}

const folder = mkdtempSync(join(tmpdir(), 'cldr-'))
const annotations = (name, kind, locale) => {
  const of = json(`${folder}/${name}/package/${kind}/${locale}/annotations.json`)
  return of[kind].annotations
}
try {
  for (const name of ['cldr-annotations-full', 'cldr-annotations-derived-full']) {
    const [packed] = execFileSync('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder, encoding: 'utf8' }).trim().split('\n')
    mkdirSync(`${folder}/${name}`)
    execFileSync('tar', ['xzf', packed, '-C', name], { cwd: folder })
  }
  const out = `${app}src/emoji`
  mkdirSync(out, { recursive: true })
  const write = (name, lines) => writeFileSync(`${out}/${name}.json`, `[\n${lines.map((line) => JSON.stringify(line)).join(',\n')}\n]\n`)
  copyFileSync(`${folder}/cldr-annotations-full/package/LICENSE`, `${out}/LICENSE`) // has to go along
  write('all', all.map((e) => [e.emoji, ...inTones(e)]))
  for (const locale of locales) {
    const known = { ...annotations('cldr-annotations-derived-full', 'annotationsDerived', locale), ...annotations('cldr-annotations-full', 'annotations', locale) }
    write(locale, all.map(({ emoji }) => {
      const { tts: [name], default: words = [] } = known[emoji] ?? known[emoji.replaceAll('\uFE0F', '')]
      return [name, ...words.filter((word) => word !== name)].join('|')
    }))
  }
} finally {
  rmSync(folder, { recursive: true })
}
