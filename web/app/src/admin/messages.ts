import type { Book } from '../lib/language.ts'
import { spoken, type CompiledAs, type TextsAs } from '../lib/messages.ts'

type English = typeof import('../paraglide/admin/en/messages/en.js')
type Compiled = CompiledAs<English>

/** The texts of administration alone, in the language that is shown. */
export let am = {} as TextsAs<English>

export const book: Book<Compiled> = {
  texts: {
    en: () => import('../paraglide/admin/en/messages/en.js'),
    de: () => import('../paraglide/admin/de/messages/de.js'),
    es: () => import('../paraglide/admin/es/messages/es.js'),
    fr: () => import('../paraglide/admin/fr/messages/fr.js'),
    zh: () => import('../paraglide/admin/zh/messages/zh.js'),
    ar: () => import('../paraglide/admin/ar/messages/ar.js'),
  },
  say: (texts) => {
    am = spoken(texts)
  },
}
