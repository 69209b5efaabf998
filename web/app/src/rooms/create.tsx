import { Button, Choice, cn, Field, inputClass } from '@parley/ui'
import { Link2, Plus, SlidersHorizontal, Timer } from 'lucide-react'
import { useId, useState, type FormEvent } from 'react'
import { Link, useLocation } from 'wouter'
import { useStore } from 'zustand'
import { session } from '../lib/session.ts'
import { m } from '../lib/messages.ts'
import type { Mode, Options } from './api.ts'
import { canEncrypt } from './crypto.ts'
import { forgetEnding } from './ending.ts'
import { makeRoom } from './make.ts'
import { rm } from './messages.ts'
import { whyNot } from './refused.ts'
import { pathOfLink } from './secrets.ts'
import { span } from './time.ts'

const units = { minute: 60, hour: 3600 }
type Unit = keyof typeof units

/** One large button, and what may be chosen beside it, folded. */
export function CreateRoom({ options, className }: { options: Options; className?: string }) {
  const [, go] = useLocation()
  const signedIn = useStore(session, (s) => s.phase === 'in')
  const whole = options.defaultTtl % units.hour === 0 ? 'hour' : 'minute'
  const [open, setOpen] = useState(options.passRequired)
  const [unit, setUnit] = useState<Unit>(whole)
  const [number, setNumber] = useState(String(Math.round(options.defaultTtl / units[whole])))
  const [mode, setMode] = useState<Mode>('idle')
  const [pass, setPass] = useState('')
  const [files, setFiles] = useState(true)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const id = useId()
  const ttl = Math.round(Number(number) * units[unit])
  const fits = ttl >= options.minTtl && ttl <= options.maxTtl
  const passMissing = options.passRequired && !pass

  async function create(event: FormEvent) {
    event.preventDefault()
    setTrouble(passMissing ? rm.pass_needed() : '')
    if (!fits || passMissing) return setOpen(true)
    setBusy(true)
    try {
      go(await makeRoom({ ttl, mode, ...(files ? {} : { files }), ...(pass ? { pass } : {}) }))
    } catch (error) {
      setTrouble(whyNot(error))
      setBusy(false)
    }
  }

  if (!options.enabled) return <p className={cn('text-muted-foreground', className)}>{rm.rooms_off()}</p>
  if (!canEncrypt()) return <p className={cn('text-muted-foreground', className)}>{rm.no_crypto()}</p>
  if (options.membersOnly && !signedIn) {
    return <p className={className}>{rm.members_only()} <Link href="/sign-in?to=/rooms" className="font-semibold text-primary underline-offset-4 hover:underline">{m.sign_in()}</Link></p>
  }
  return (
    <form noValidate className={className} onSubmit={(event) => void create(event)} autoComplete="off">
      <Button type="submit" disabled={busy} className="h-14 gap-2.5 rounded-2xl px-7 text-[17px] font-semibold shadow-pop max-md:w-full">
        <Plus className="size-5" />{rm.create_room()}
      </Button>
      {trouble && <p role="alert" className="mt-3 text-sm text-danger-strong">{trouble}</p>}
      {options.proofOfWork > 0 && <p role="status" className={busy ? 'mt-3 text-sm text-muted-foreground' : 'sr-only'}>{busy && rm.working()}</p>}
      <p className="mt-3 flex flex-wrap items-center gap-x-1.5 text-[13.5px] text-muted-foreground">
        <Timer className="size-4 shrink-0" />
        {fits && (mode === 'idle' ? rm.ends_idle({ span: span(ttl, 'short') }) : rm.ends_fixed({ span: span(ttl, 'short') }))}
        <button type="button" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)} className="-my-2 flex min-h-11 items-center gap-1 rounded-md px-1.5 font-semibold text-primary">
          <SlidersHorizontal className="size-3.5" />{rm.change()}
        </button>
      </p>
      <div id={id} hidden={!open} className="mt-2 max-w-[460px] rounded-2xl border bg-card p-4">
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{rm.lifetime()}</legend>
          <div className="flex gap-2">
            <input type="number" inputMode="numeric" min={1} step={1} required value={number} onChange={(e) => setNumber(e.target.value)} aria-label={rm.lifetime_number()} aria-invalid={!fits || undefined} aria-describedby={`${id}-bounds`} className={cn(inputClass, 'w-24 max-md:h-11')} />
            <select value={unit} onChange={(e) => setUnit(e.target.value as Unit)} aria-label={rm.lifetime_unit()} className={cn(inputClass, 'w-auto flex-1 max-md:h-11')}>
              <option value="minute">{rm.minutes()}</option>
              <option value="hour">{rm.hours()}</option>
            </select>
          </div>
          <p id={`${id}-bounds`} className={cn('mt-1.5 text-xs', fits ? 'text-muted-foreground' : 'text-danger-strong')}>{rm.lifetime_bounds({ least: span(options.minTtl), most: span(options.maxTtl) })}</p>
        </fieldset>
        <Choice<Mode> label={rm.mode()} value={mode} onChange={setMode} options={[{ value: 'idle', label: rm.mode_idle() }, { value: 'fixed', label: rm.mode_fixed() }]} />
        <label className="mt-3 flex min-h-11 w-fit items-center gap-2.5 text-sm font-medium">
          <input type="checkbox" checked={files} onChange={(e) => setFiles(e.target.checked)} className="size-[18px] accent-primary" />{rm.allow_files()}
        </label>
        <Field className="mt-1" label={options.passRequired ? rm.pass_phrase() : rm.pass_optional()} hint={rm.pass_hint()} value={pass} maxLength={256} required={options.passRequired} onChange={(e) => setPass(e.target.value)} autoComplete="off" />
      </div>
    </form>
  )
}

/** For who was sent a link and has it in hand. */
export function JoinByLink({ className }: { className?: string }) {
  const [, go] = useLocation()
  const [link, setLink] = useState('')
  const [wrong, setWrong] = useState(false)
  const id = useId()
  return (
    <form
      className={className} autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault()
        const path = pathOfLink(link)
        setWrong(!path)
        if (!path) return
        forgetEnding()
        if (path.split('#')[0] !== location.pathname) return go(path)
        // The same room with another key: it begins anew.
        history.replaceState(history.state, '', path)
        location.reload()
      }}
    >
      <label htmlFor={id} className="mb-2 block text-[13.5px] font-semibold">{rm.join_label()}</label>
      <div className="flex gap-2 rounded-2xl border border-input bg-card p-1.5 focus-within:border-ring focus-within:ring-3 focus-within:ring-ring/15">
        <Link2 aria-hidden="true" className="ms-2.5 size-[18px] shrink-0 self-center text-muted-foreground" />
        <input id={id} dir="ltr" inputMode="url" autoCapitalize="off" spellCheck={false} value={link} onChange={(e) => setLink(e.target.value)} placeholder={rm.join_placeholder()} aria-invalid={wrong || undefined} aria-describedby={wrong ? `${id}-wrong` : undefined} className="h-11 min-w-0 flex-1 bg-transparent px-1 text-[15px] outline-none placeholder:text-muted-foreground" />
        <Button type="submit" variant="soft" className="h-11 rounded-xl px-5 text-[15px] font-semibold">{rm.join()}</Button>
      </div>
      {wrong && <p id={`${id}-wrong`} role="alert" className="mt-2 text-sm text-danger-strong">{rm.join_wrong()}</p>}
    </form>
  )
}
