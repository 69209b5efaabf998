import { createStore } from 'zustand/vanilla'
import { writeAsIn } from './formats.ts'
import { say, type Compiled } from './messages.ts'

// Each is a chunk that only its readers fetch. English is what the app falls back to.
const texts: Record<string, () => Promise<Compiled>> = {
  en: () => import('../paraglide/en/messages/en.js'),
  de: () => import('../paraglide/de/messages/de.js'),
  es: () => import('../paraglide/es/messages/es.js'),
  fr: () => import('../paraglide/fr/messages/fr.js'),
  zh: () => import('../paraglide/zh/messages/zh.js'),
  ar: () => import('../paraglide/ar/messages/ar.js'),
}

/** Texts in all languages, and where those of the language that is shown go. */
export interface Book<Compiled> {
  texts: Record<string, () => Promise<Compiled>>
  say(texts: Compiled): void
}

const chat: Book<Compiled> = { texts, say }
const books: Book<never>[] = [chat as Book<never>]

const rightToLeft = new Set(['ar'])

/** The languages that there are texts in. */
export const languages: readonly string[] = Object.keys(texts)

/** What is shown now; what was written on the page in another language is made anew when it changes. */
export const spoken = createStore<{ language: string }>(() => ({ language: '' }))

/** The one that was chosen, or else the first of the browser's that there is. */
function pick(chosen: string): string {
  const wanted = [chosen, ...navigator.languages].map((tag) => tag.split('-')[0]!)
  return wanted.find((tag) => languages.includes(tag)) ?? 'en'
}

/** What this browser was told last time, before anybody is signed in. */
export const remembered = () => localStorage.getItem('parley.language') ?? ''

let latest: Promise<void> = Promise.resolve()

/**
 * Speaks the language that was chosen as soon as its texts are here. When they cannot be
 * had, it stays with the one before, or begins in English.
 */
export function speak(chosen: string): Promise<void> {
  localStorage.setItem('parley.language', chosen)
  const wanted = () => latest === mine
  const mine: Promise<void> = load(pick(chosen), wanted)
    .catch(() => (spoken.getState().language ? undefined : load('en', wanted)))
    .then(() => (wanted() ? undefined : latest))
  return (latest = mine)
}

async function load(language: string, wanted: () => boolean): Promise<void> {
  const loaded = await Promise.all(books.map(async (book) => [book, await book.texts[language]!()] as const))
  if (!wanted()) return
  for (const [book, words] of loaded) book.say(words)
  writeAsIn(navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language)
  document.documentElement.lang = language
  document.documentElement.dir = rightToLeft.has(language) ? 'rtl' : 'ltr'
  if (spoken.getState().language !== language) spoken.setState({ language })
  void keepOffline(language).catch(() => undefined)
}

/** Adds texts that only some pages need, which are shown when this is done. */
export async function open<C>(book: Book<C>): Promise<void> {
  if (books.includes(book as Book<never>)) return
  for (;;) {
    const { language } = spoken.getState()
    const loaded = await book.texts[language]!()
    if (language !== spoken.getState().language) continue // changed meanwhile
    book.say(loaded)
    books.push(book as Book<never>)
    return
  }
}

/** Asks the service worker to keep the texts of this language too. */
async function keepOffline(language: string): Promise<void> {
  const registration = await navigator.serviceWorker?.ready
  registration?.active?.postMessage({ kind: 'language', language })
}

export const nameOfLanguage = (tag: string) => {
  const name = new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
  return name[0]!.toLocaleUpperCase(tag) + name.slice(1)
}
