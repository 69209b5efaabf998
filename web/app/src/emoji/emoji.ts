import { fold } from '../text/fold.ts'
import all from './all.json'

/** One emoji in the language that is shown. */
export interface Emoji {
  unicode: string
  label: string
  /** The same in the five skin tones, if it has them. */
  tones: string[]
  /** What it is found by, folded: its name and keywords in this language, and in English. */
  words: string[]
}

// Written by scripts/emoji.js: one line for each emoji, in the order of all.json, with its name first.
const names: Record<string, () => Promise<{ default: string[] }>> = {
  en: () => import('./en.json'),
  de: () => import('./de.json'),
  es: () => import('./es.json'),
  fr: () => import('./fr.json'),
  zh: () => import('./zh.json'),
  ar: () => import('./ar.json'),
}

const known = new Map<string, Promise<Emoji[]>>()

/** All emoji with their names in a language; in English where those cannot be had. What could not be fetched is fetched again the next time. */
export function emojiIn(language: string): Promise<Emoji[]> {
  const forget = () => void known.delete(language)
  const loading = known.get(language) ?? load(language, forget)
  known.set(language, loading)
  loading.catch(forget)
  return loading
}

async function load(language: string, forget: () => void): Promise<Emoji[]> {
  const english = names['en']!()
  const [en, local] = await Promise.all([english, (names[language] ?? names['en']!)().catch(() => {
    forget()
    return english
  })])
  return all.map(([unicode = '', ...tones], i) => {
    const [label = '', ...more] = local.default[i]!.split('|')
    const inEnglish = local === en ? [] : en.default[i]!.split('|')
    return { unicode, tones, label, words: [label, ...more, ...inEnglish].map(fold) }
  })
}

/** Those that have all the words of a query, those first whose name it begins. */
export function find(emoji: Emoji[], query: string): Emoji[] {
  const asked = fold(query).split(/\s+/).filter(Boolean)
  if (asked.length === 0) return emoji
  return nearest(emoji.filter((e) => asked.every((a) => e.words.some((word) => word.includes(a)))), asked.join(' '))
}

/** Those with a word that begins like this one, for completion. */
export function complete(emoji: Emoji[], beginning: string): Emoji[] {
  const asked = fold(beginning)
  return nearest(emoji.filter((e) => e.words.some((word) => word.split(/[\s-]+/).some((part) => part.startsWith(asked)))), asked)
}

function nearest(found: Emoji[], asked: string): Emoji[] {
  const far = (e: Emoji) => (e.words[0]!.startsWith(asked) ? 0 : e.words.some((word) => word.startsWith(asked)) ? 1 : 2)
  return found.map((e) => [far(e), e] as const).sort(([a], [b]) => a - b).map(([, e]) => e)
}
