import type { OwnTheme } from '@parley/sdk'
import { Button, Choice, Field, inputClass } from '@parley/ui'
import { useEffect, useMemo, useState } from 'react'
import { hex, poorPairs, rgb } from '../lib/contrast.ts'
import { paint } from '../lib/theme.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'

const offered = ['primary', 'primary-foreground', 'background', 'foreground', 'muted-foreground', 'sidebar', 'rail', 'rail-foreground', 'bubble-own', 'bubble-own-foreground', 'bubble-other', 'accent'] as const

/** The colours of a base, as the style sheet has them. */
function basicOf(base: OwnTheme['base']): (name: string) => string {
  const style = base === 'dark' ? '.dark' : ':root'
  const values = new Map<string, string>()
  for (const sheet of document.styleSheets) {
    for (const rule of rulesOf(sheet)) {
      if (!(rule instanceof CSSStyleRule) || rule.selectorText !== style) continue
      for (const name of rule.style) if (name.startsWith('--') && !values.has(name)) values.set(name, rule.style.getPropertyValue(name).trim())
    }
  }
  return (name) => values.get(`--${name}`) ?? '#000000'
}

function rulesOf(sheet: CSSStyleSheet): CSSRule[] {
  const flat = (rules: CSSRuleList): CSSRule[] => [...rules].flatMap((rule) => ('cssRules' in rule && !(rule instanceof CSSStyleRule) ? flat(rule.cssRules as CSSRuleList) : [rule]))
  return flat(sheet.cssRules)
}

/** Makes a theme of one's own, or takes somebody else's; it shows while it is made. */
export default function ThemeEditor({ theme, onSave, onClose }: { theme: OwnTheme | null; onSave(theme: OwnTheme): void; onClose(): void }) {
  const [draft, setDraft] = useState<OwnTheme>(theme ?? { name: m.my_theme(), base: 'light', tokens: {} })
  const [json, setJson] = useState('')
  const [error, setError] = useState('')
  const basic = useMemo(() => basicOf(draft.base), [draft.base])
  const tokens = draft.tokens as Record<string, string>
  const poor = useMemo(() => poorPairs(draft, basic), [draft, basic])
  useEffect(() => {
    const root = document.documentElement
    const was = root.classList.contains('dark')
    root.classList.toggle('dark', draft.base === 'dark')
    paint(draft)
    return () => {
      root.classList.toggle('dark', was)
      paint(theme)
    }
  }, [draft, theme])
  const take = () => {
    try {
      setDraft(parse(json))
      setError('')
      setJson('')
    } catch (problem) {
      setError(reason(problem))
    }
  }
  return (
    <div className="mt-3 space-y-3 rounded-lg border p-3">
      <Field label={m.name()} value={draft.name} maxLength={50} onChange={(e) => setDraft({ ...draft, name: e.target.value })} />
      <Choice label={m.based_on()} value={draft.base} onChange={(base) => setDraft({ ...draft, base })} options={[{ value: 'light', label: m.light() }, { value: 'dark', label: m.dark() }]} />
      <ul className="grid grid-cols-2 gap-x-4">
        {offered.map((name) => (
          <li key={name}>
            <label className="flex min-h-11 items-center gap-2 text-xs">
              <input type="color" value={hex(tokens[name] ?? basic(name))} onChange={(e) => setDraft({ ...draft, tokens: { ...tokens, [name]: e.target.value } })} className="size-8 shrink-0 rounded border-0 bg-transparent" />
              <span className="truncate">{name}</span>
            </label>
          </li>
        ))}
      </ul>
      <div role="status">
        {poor.length > 0 && (
          <ul aria-label={m.poor_contrast()} className="rounded-md bg-danger-soft p-2 text-xs text-danger-strong">
            {poor.map((p) => <li key={p.text + p.ground}>{m.poor_pair({ text: p.text, ground: p.ground, ratio: p.ratio })}</li>)}
          </ul>
        )}
      </div>
      <details>
        <summary className="cursor-pointer py-1 text-sm font-medium">{m.share_theme()}</summary>
        <textarea readOnly aria-label={m.this_theme()} rows={4} value={JSON.stringify(draft)} onFocus={(e) => e.target.select()} className={`${inputClass} h-auto py-2 font-mono text-xs`} />
        <textarea aria-label={m.other_theme()} placeholder={m.other_theme()} rows={3} value={json} onChange={(e) => setJson(e.target.value)} className={`${inputClass} mt-2 h-auto py-2 font-mono text-xs`} />
        {error && <p role="alert" className="text-xs text-danger-strong">{error}</p>}
        <Button variant="outline" size="sm" className="mt-1" disabled={!json.trim()} onClick={take}>{m.take_theme()}</Button>
      </details>
      <div className="flex gap-2">
        <Button disabled={poor.length > 0 || !draft.name.trim()} onClick={() => onSave(draft)}>{m.save()}</Button>
        <Button variant="outline" onClick={onClose}>{m.cancel()}</Button>
      </div>
    </div>
  )
}

/** A theme that was shared; whatever else a text may say is refused. */
export function parse(text: string): OwnTheme {
  const given = JSON.parse(text) as Partial<OwnTheme>
  const tokens = Object.entries(given.tokens ?? {})
  if (typeof given.name !== 'string' || (given.base !== 'light' && given.base !== 'dark') || tokens.length > 60) throw new Error(m.no_theme())
  for (const [name, colour] of tokens) if (!/^[a-z][a-z0-9-]*$/.test(name) || typeof colour !== 'string' || !rgb(colour)) throw new Error(m.no_colour({ name }))
  return { name: given.name.slice(0, 50), base: given.base, tokens: Object.fromEntries(tokens) as OwnTheme['tokens'] }
}
