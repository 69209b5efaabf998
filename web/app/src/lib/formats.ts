/** How dates, times and numbers are written: as where the reader lives, if that is the language that is shown. */
export let region = 'en'

export function writeAsIn(tag: string): void {
  region = tag
}

// Formats are dear to make, and the language may change.
const made = new Map<string, unknown>()
export function kept<T>(what: string, make: () => T): T {
  const key = `${region} ${what}`
  if (!made.has(key)) made.set(key, make())
  return made.get(key) as T
}

/** What the compiled messages call for the numbers in them. */
export function number(_language: string, value: unknown, options: Record<string, unknown> = {}): string {
  if (Number.isNaN(Number(value))) return String(value)
  return kept(`number ${JSON.stringify(options)}`, () => new Intl.NumberFormat(region, options)).format(Number(value))
}

export function plural(language: string, value: unknown): Intl.LDMLPluralRule {
  return kept(`plural ${language}`, () => new Intl.PluralRules(language)).select(Number(value))
}
