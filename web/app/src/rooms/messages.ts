import type { Book } from '../lib/language.ts'
import { spoken, type CompiledAs, type TextsAs } from '../lib/messages.ts'

type English = typeof import('../paraglide/rooms/en/messages/en.js')
type Compiled = CompiledAs<English>

/** The texts of rooms alone, in the language that is shown. */
export let rm = {} as TextsAs<English>

export const book: Book<Compiled> = {
  texts: {
    en: () => import('../paraglide/rooms/en/messages/en.js'),
    de: () => import('../paraglide/rooms/de/messages/de.js'),
    es: () => import('../paraglide/rooms/es/messages/es.js'),
    fr: () => import('../paraglide/rooms/fr/messages/fr.js'),
    zh: () => import('../paraglide/rooms/zh/messages/zh.js'),
    ar: () => import('../paraglide/rooms/ar/messages/ar.js'),
  },
  say: (texts) => {
    rm = spoken(texts)
  },
}
