import { isolated } from './bidi.ts'

/** What every language has to have: without one of the texts, or with something else filled in, it does not compile. */
export type CompiledAs<English> = { [K in keyof English]: English[K] extends (inputs: infer I) => unknown ? (inputs: I) => string : never }
/** The same for those who call it: what nothing is filled into needs nothing. */
export type TextsAs<English> = { [K in keyof English]: English[K] extends (inputs: infer I) => unknown ? (object extends I ? () => string : (inputs: I) => string) : never }

type English = typeof import('../paraglide/en/messages/en.js')
export type Compiled = CompiledAs<English>

/** The texts in the language that is shown. Nothing is rendered before there are some. */
export let m = {} as TextsAs<English>

export function say(texts: Compiled): void {
  m = spoken(texts)
}

/** What is filled in was written by somebody, and keeps its direction for itself. */
export function spoken<English>(texts: CompiledAs<English>): TextsAs<English> {
  const all = Object.entries(texts) as [string, (inputs?: object) => string][]
  return Object.fromEntries(all.map(([key, text]) => [key, (inputs?: object) => text(inputs && Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, typeof value === 'string' ? isolated(value) : value])))])) as TextsAs<English>
}
