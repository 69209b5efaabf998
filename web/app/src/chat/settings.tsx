import { ApiError, type Settings as Values } from '@parley/sdk'
import { Button, Choice, Field, SwitchRow } from '@parley/ui'
import { Download, LogOut, Shield, Trash2 } from 'lucide-react'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { chime } from '../lib/chime.ts'
import { notifies } from '../lib/notify.ts'
import { forget, useRemote } from '../lib/remote.ts'
import { eraseAccount, signOut } from '../lib/session.ts'
import { languages, nameOfLanguage } from '../lib/language.ts'
import { relative } from '../lib/time.ts'
import { useEngine, useLive, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { Strength } from '../screens/strength.tsx'
import { asForm, AvatarPicker } from './avatar-picker.tsx'
import { Person } from './message-sheet.tsx'
import { Link } from 'wouter'
import { ask, askForPassword } from './confirm.ts'
import { closeDialog } from './dialogs.ts'
import { EmojiButton } from './emoji-button.tsx'

const ThemeEditor = lazy(() => import('./theme-editor.tsx'))

const statuses = ['ONLINE', 'AWAY', 'DND', 'OFFLINE'] as const

/** Everything about oneself. */
export default function Settings() {
  const engine = useEngine()
  const me = useLive((s) => s.me)
  const presence = me.presence
  const [name, setName] = useState(me.displayName)
  const [note, setNote] = useState(presence.statusMessage ?? '')
  const [emoji, setEmoji] = useState(presence.emoji ?? '')
  const [clear, setClear] = useState('')
  const [painting, setPainting] = useState(false)
  const [error, setError] = useState('')
  const run = (work: Promise<unknown>) => void work.then(() => setError(''), (e: Error) => setError(reason(e)))
  const put = (change: Partial<Values>) => {
    engine.store.setState((s) => ({ me: { ...s.me, settings: { ...s.me.settings, ...change } } }))
    run(engine.rest.put('/api/users/me/settings', { body: change as never }))
  }
  const s = me.settings
  const setPresence = (status: string, line: Partial<{ statusMessage: string; emoji: string | null; clearAt: string | null }> = {}) =>
    run(engine.rest.put('/api/chat/presence/status', { body: { status, ...line } as never }).then((p) => engine.store.setState((now) => ({ me: { ...now.me, presence: { status: p.status as never, statusMessage: p.statusMessage, emoji: p.emoji, clearAt: p.clearAt } } }))))
  const removeAccount = async (error?: string): Promise<void> => {
    const password = await askForPassword({ title: m.delete_account(), text: m.confirm_delete_account(), action: m.delete_account(), grave: true, ...(error ? { error } : {}) })
    if (password === null) return
    await eraseAccount(password).catch((e: Error) => removeAccount(reason(e)))
  }
  const leave = async () => {
    const { length: n } = engine.state.pending
    const sure = n === 0 || (await ask({ title: m.confirm_sign_out(), text: m.n_unsent_lost({ n }), action: m.sign_out(), grave: true }))
    if (sure) await signOut()
  }
  return (
    <div className="space-y-6">
      {error && <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger-strong">{error}</p>}
      <form className="flex items-center gap-4" onSubmit={(event) => { event.preventDefault(); run(engine.rest.patch('/api/users/me', { body: { displayName: name } as never })) }}>
        <AvatarPicker name={me.displayName} src={me.avatarUrl} onPick={async (file) => {
          const now = await engine.rest.put('/api/users/me/avatar', { body: asForm(file) })
          engine.store.setState((was) => ({ me: { ...was.me, ...(now as object) } }))
        }} />
        <Field className="flex-1" label={m.display_name()} value={name} maxLength={64} onChange={(e) => setName(e.target.value)} hint={<bdi dir="ltr">@{me.username}</bdi>} />
        <Button type="submit" variant="outline" className="mt-6 h-10 self-start" aria-label={`${m.save()}: ${m.display_name()}`} disabled={name === me.displayName || !name.trim()}>{m.save()}</Button>
      </form>
      <Section title={m.presence()}>
        <Choice label={m.status()} value={presence.status} onChange={(status) => setPresence(status)} options={statuses.map((value) => ({ value, label: { ONLINE: m.online(), AWAY: m.away(), DND: m.dnd(), OFFLINE: m.invisible() }[value] }))} />
        <form
          className="mt-3 mb-1 grid gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            setPresence(presence.status, { statusMessage: note, emoji: emoji || null, clearAt: clear ? endOf(clear).toISOString() : null })
          }}
        >
          <div className="flex items-end gap-2">
            <div className="grid size-10 shrink-0 place-items-center rounded-lg border border-input text-xl">{emoji || <EmojiButton plain label={m.emoji()} onPick={setEmoji} className="size-10" />}</div>
            <Field className="flex-1" label={m.status_text()} maxLength={100} value={note} onChange={(e) => setNote(e.target.value)} />
          </div>
          <div className="flex items-center gap-2">
            <label className="flex flex-1 items-center gap-2 text-sm">
              {m.clear_after()}
              <select value={clear} onChange={(e) => setClear(e.target.value)} className="h-10 min-w-0 flex-1 rounded-md border border-input bg-background px-2">
                {[['', m.never()], ['30', m.in_30_minutes()], ['60', m.in_1_hour()], ['240', m.in_4_hours()], ['day', m.end_of_day()], ['week', m.end_of_week()]].map(([value, label]) => <option key={value} value={value}>{label}</option>)}
              </select>
            </label>
            {(emoji || note) && <Button variant="ghost" className="h-10" onClick={() => { setEmoji(''); setNote(''); setPresence(presence.status, { statusMessage: '', emoji: null, clearAt: null }) }}>{m.clear_now()}</Button>}
            <Button type="submit" variant="outline" className="h-10" aria-label={`${m.save()}: ${m.status()}`}>{m.save()}</Button>
          </div>
        </form>
        <SwitchRow label={m.hide_last_seen()} checked={s.hideLastSeen} onCheckedChange={(hideLastSeen) => put({ hideLastSeen })} />
        <SwitchRow label={m.quiet_hours()} hint={m.quiet_hours_hint()} checked={s.quietHours.on} onCheckedChange={(on) => put({ quietHours: { ...s.quietHours, on, timeZone: zone() } })} />
        {s.quietHours.on && (
          <div className="grid grid-cols-2 gap-3">
            {(['from', 'to'] as const).map((end) => (
              <Field key={end} type="time" required label={end === 'from' ? m.from() : m.until()} value={s.quietHours[end]} onChange={(e) => e.target.value && put({ quietHours: { ...s.quietHours, [end]: e.target.value, timeZone: zone() } })} />
            ))}
          </div>
        )}
      </Section>
      <Notifications sounds={s.sounds} onSounds={(sounds) => put({ sounds })} />
      <Section title={m.appearance()}>
        <Choice label={m.theme()} value={s.theme} onChange={(theme) => (theme === 'own' && !s.ownTheme ? setPainting(true) : put({ theme }))} options={[{ value: 'system', label: m.system() }, { value: 'light', label: m.light() }, { value: 'dark', label: m.dark() }, { value: 'contrast', label: m.contrast() }, { value: 'own', label: s.ownTheme?.name ?? m.own_theme() }]} />
        {!painting && s.theme === 'own' && <Button variant="outline" size="sm" className="mt-2" onClick={() => setPainting(true)}>{m.edit_theme()}</Button>}
        {painting && <Suspense fallback={null}><ThemeEditor theme={s.ownTheme} onClose={() => setPainting(false)} onSave={(ownTheme) => { setPainting(false); put({ theme: 'own', ownTheme }) }} /></Suspense>}
        <Choice label={m.accent()} value={s.accent} onChange={(accent) => put({ accent })} options={accents().map(([value, label, hue]) => ({ value, label, swatch: `oklch(0.58 0.11 ${hue})` }))} />
        <Choice label={m.density()} value={s.density} onChange={(density) => put({ density })} options={[{ value: 'comfortable', label: m.comfortable() }, { value: 'compact', label: m.compact() }]} />
        <Choice label={m.text_size()} value={s.textSize} onChange={(textSize) => put({ textSize })} options={[{ value: 'small', label: m.small() }, { value: 'normal', label: m.normal() }, { value: 'large', label: m.large() }, { value: 'larger', label: m.larger() }]} />
        <Language value={s.language} onChange={(language) => put({ language })} />
        <SwitchRow label={m.link_previews()} hint={m.link_previews_hint()} checked={s.linkPreviews} onCheckedChange={(linkPreviews) => put({ linkPreviews })} />
        <SwitchRow label={m.enter_sends()} hint={m.enter_sends_hint()} checked={s.enterSends} onCheckedChange={(enterSends) => put({ enterSends })} />
        <Choice label={m.skin_tone()} value={String(s.emojiSkinTone)} onChange={(tone) => put({ emojiSkinTone: Number(tone) })} options={['👍', '👍🏻', '👍🏼', '👍🏽', '👍🏾', '👍🏿'].map((label, i) => ({ value: String(i), label }))} />
      </Section>
      {me.roles.includes('admin') && <Button asChild variant="outline" className="w-full"><Link href="/admin" onClick={closeDialog}><Shield />{m.administration()}</Link></Button>}
      <Blocked />
      <Sessions />
      <Password />
      <Section title={m.your_data()}>
        <div className="grid gap-2 sm:grid-cols-2">
          <Button asChild variant="outline"><a href="/api/users/me/export" download><Download />{m.download_data()}</a></Button>
          <Button variant="outline" onClick={() => void leave()}><LogOut className="rtl:-scale-x-100" />{m.sign_out()}</Button>
        </div>
        <Button variant="destructive" className="mt-2 w-full" onClick={() => void removeAccount()}><Trash2 />{m.delete_account()}</Button>
      </Section>
    </div>
  )
}

const accents = (): [string, string, number][] => [['verdigris', m.verdigris(), 192], ['blue', m.blue(), 250], ['violet', m.violet(), 295], ['rose', m.rose(), 355], ['green', m.green(), 155]]
/** When a status ends that is to be cleared after so many minutes, or at the end of something. */
function endOf(what: string): Date {
  const end = new Date()
  if (what !== 'day' && what !== 'week') return new Date(end.getTime() + Number(what) * 60_000)
  if (what === 'week') end.setDate(end.getDate() + ((7 - end.getDay()) % 7))
  end.setHours(23, 59, 59, 0)
  return end
}

// Everything is made anew in the other language; who works with keys goes on where he was.
let switched = false

function Language({ value, onChange }: { value: string; onChange(to: string): void }) {
  const [focused] = useState(switched)
  useEffect(() => {
    switched = false
  }, [])
  return (
    <label className="mt-3 flex items-center gap-4 text-sm font-medium">
      <span className="flex-1">{m.language()}</span>
      <select autoFocus={focused} value={value} onChange={(e) => { switched = true; onChange(e.target.value) }} className="h-10 rounded-md border border-input bg-background px-2 font-normal">
        <option value="">{m.system()}</option>
        {languages.map((tag) => <option key={tag} value={tag} lang={tag} dir="auto">{nameOfLanguage(tag)}</option>)}
      </select>
    </label>
  )
}

function Notifications({ sounds, onSounds }: { sounds: boolean; onSounds(on: boolean): void }) {
  const [on, setOn] = useState(() => notifies.on)
  return (
    <Section title={m.notifications()}>
      {notifies.possible && <SwitchRow label={m.notify_here()} hint={notifies.refused ? m.notify_refused() : m.notify_here_hint()} disabled={notifies.refused} checked={on} onCheckedChange={(to) => void notifies.turn(to).then(setOn)} />}
      <SwitchRow label={m.sounds()} checked={sounds} onCheckedChange={(to) => { onSounds(to); if (to) chime() }} />
    </Section>
  )
}

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

function Section({ title, children }: { title: string; children: ReactNode }) {
  return <section><h3 className="mb-2 border-b pb-1.5 text-[15px] font-semibold tracking-tight">{title}</h3>{children}</section>
}

function Blocked() {
  const engine = useEngine()
  const blocked = useLive((s) => s.blocked)
  const { data, error } = useRemote(['blocks', [...blocked].join()], () => engine.rest.get('/api/users/me/blocks'))
  return (
    <Section title={m.blocked_people()}>
      {error && <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>}
      <ul>{data?.map((u) => <Person key={u.id} name={u.displayName} src={u.avatarUrl}><Button variant="outline" size="sm" onClick={() => void engine.personal.block(u.id, false).catch(() => undefined)}>{m.unblock()}</Button></Person>)}</ul>
      {data?.length === 0 && <p className="text-sm text-muted-foreground">{m.nothing_here()}</p>}
    </Section>
  )
}

function Sessions() {
  const { rest } = useEngine()
  const now = useNow()
  const { data, error } = useRemote(['sessions'], () => rest.get('/api/auth/sessions'))
  return (
    <Section title={m.devices()}>
      {error && <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>}
      <ul>
        {data?.map((x) => (
          <li key={x.id} className="flex min-h-12 items-center gap-3 text-sm">
            <span className="min-w-0 flex-1 leading-tight"><span className="block truncate">{device(x.userAgent)}</span><span className="text-xs text-muted-foreground">{x.current ? m.this_device() : relative(x.lastUsedAt, now)} · {x.ipPrefix}</span></span>
            {!x.current && <Button variant="outline" size="sm" onClick={() => void rest.delete('/api/auth/sessions/{id}', { path: { id: x.id } }).then(() => forget(['sessions']))}>{m.end_session()}</Button>}
          </li>
        ))}
      </ul>
    </Section>
  )
}

function device(agent: string): string {
  const browser = /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : agent.split(' ')[0] || m.unknown_device()
  const system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Windows/.test(agent) ? 'Windows' : /Mac OS/.test(agent) ? 'macOS' : /Linux/.test(agent) ? 'Linux' : ''
  return system ? `${browser} · ${system}` : browser
}

function Password() {
  const username = useLive((s) => s.me.username)
  const { rest } = useEngine()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [told, setTold] = useState<{ error?: string; current?: string; done?: boolean }>({})
  return (
    <Section title={m.change_password()}>
      <form className="space-y-3 pt-2" onSubmit={(event) => {
        event.preventDefault()
        void rest.put('/api/auth/password', { body: { current, new: next } }).then(() => { setTold({ done: true }); setCurrent(''); setNext('') }, (e: unknown) => setTold({ [e instanceof ApiError && e.field === 'current' ? 'current' : 'error']: reason(e) }))
      }}>
        <input type="text" autoComplete="username" hidden readOnly />
        <Field label={m.current_password()} type="password" autoComplete="current-password" required value={current} onChange={(e) => setCurrent(e.target.value)} error={told.current} />
        <Field label={m.new_password()} type="password" autoComplete="new-password" minLength={8} required hint={m.password_short()} value={next} onChange={(e) => { setNext(e.target.value); setTold({}) }} error={told.error} />
        {!told.error && <Strength password={next} username={username} />}
        <Button type="submit" variant="outline">{m.change_password()}</Button>
        {told.done && <p role="status" className="text-sm text-muted-foreground">{m.password_changed()}</p>}
      </form>
    </Section>
  )
}
