import type { OwnTheme, Settings } from '@parley/sdk'
import { speak } from './language.ts'

const dark = matchMedia('(prefers-color-scheme: dark)')
type Look = Pick<Settings, 'theme' | 'ownTheme' | 'accent' | 'density' | 'textSize' | 'language'>

let now: Look | undefined

/** Shows the person's theme, accent, density, text size and language, and keeps what the next visit begins with. */
export function show(settings: Look): void {
  now = settings
  const { theme, ownTheme } = settings
  const own = theme === 'own' ? ownTheme : null
  localStorage.setItem('parley.theme', own ? own.base : theme === 'own' ? 'system' : theme)
  localStorage.setItem('parley.text', settings.textSize)
  const root = document.documentElement
  root.classList.toggle('dark', own ? own.base === 'dark' : theme === 'dark' || (theme !== 'light' && dark.matches))
  root.classList.toggle('contrast', theme === 'contrast')
  root.dataset['accent'] = own ? 'own' : settings.accent
  root.dataset['density'] = settings.density
  root.dataset['text'] = settings.textSize
  paint(own)
  void speak(settings.language)
}

let painted: string[] = []

/** Puts a theme's own colours over those of its base. */
export function paint(own: OwnTheme | null | undefined): void {
  const { style } = document.documentElement
  for (const name of painted) style.removeProperty(name)
  painted = Object.keys(own?.tokens ?? {}).map((name) => `--${name}`)
  for (const [name, colour] of Object.entries(own?.tokens ?? {})) style.setProperty(`--${name}`, String(colour))
}

export function followSystem(): void {
  dark.addEventListener('change', () => {
    if (now) show(now)
    else if (!['light', 'dark'].includes(localStorage.getItem('parley.theme') ?? 'system')) document.documentElement.classList.toggle('dark', dark.matches)
  })
}
