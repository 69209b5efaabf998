import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { languages } from '../src/lib/language.ts'
import * as ar from '../src/paraglide/ar/messages/ar.js'
import * as de from '../src/paraglide/de/messages/de.js'

type Variants = { declarations: string[]; match: Record<string, string> }
type Texts = Record<string, string | Variants[]>

const read = (path: string) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
const books = ['', 'admin/', 'rooms/']
const textsOf = (book: string, language: string): Texts => {
  const { $schema: _, ...texts } = read(`messages/${book}${language}.json`)
  return texts
}
const used = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!)
const declared = (variants: Variants[], kind: string) => variants[0]!.declarations.flatMap((d) => new RegExp(`^${kind} (\\w+)`).exec(d)?.[1] ?? [])

/** What is filled into a text. */
function inputs(text: string | Variants[]): string[] {
  return [...new Set(typeof text === 'string' ? used(text) : declared(text, 'input'))].sort()
}

test('the languages of the app are those that are compiled', () => {
  expect([...languages].sort()).toEqual([...read('project.inlang/settings.json').locales].sort())
})

describe.each(books.flatMap((book) => languages.map((language) => [book, language] as const)))('%s%s', (book, language) => {
  const texts = textsOf(book, language)
  const english = textsOf(book, 'en')

  test('has exactly the texts of English, with the same things filled in', () => {
    expect(Object.keys(texts)).toEqual(Object.keys(english))
    for (const [key, text] of Object.entries(texts)) expect({ key, inputs: inputs(text) }).toEqual({ key, inputs: inputs(english[key]!) })
  })

  test('names nothing that is not there, and leaves nothing empty', () => {
    for (const [key, text] of Object.entries(texts)) {
      const all = typeof text === 'string' ? [text] : Object.values(text[0]!.match)
      const known = typeof text === 'string' ? used(text) : [...declared(text, 'input'), ...declared(text, 'local')]
      for (const one of all) {
        expect(one.trim(), key).not.toBe('')
        for (const name of used(one)) expect(known, key).toContain(name)
      }
    }
  })

  test('a count has every plural form that the language has for whole numbers', () => {
    const rules = new Intl.PluralRules(language)
    const forms = new Set(Array.from({ length: 1000 }, (_, n) => rules.select(n)))
    forms.delete('other')
    for (const [key, text] of Object.entries(texts)) {
      if (typeof text === 'string' || !('plural=*' in text[0]!.match)) continue
      for (const form of forms) expect(Object.keys(text[0]!.match), key).toContain(`plural=${form}`)
    }
  })
})

test('plural forms and numbers come out as they are said', () => {
  expect([0, 1, 2, 3, 11, 100].map((n) => ar.n_replies({ n }))).toEqual(['لا ردود', 'رد واحد', 'ردّان', '3 ردود', '11 ردًا', '100 رد'])
  expect([1, 2].map((n) => de.n_replies({ n }))).toEqual(['1 Antwort', '2 Antworten'])
})
