import { Button } from '@parley/ui'
import { SendHorizontal, Square, Trash2 } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { stop as stopPlaying } from '../lib/player.ts'
import { longestMs, Recorder, type Voice as Recorded } from '../lib/recorder.ts'
import { clock } from '../lib/time.ts'
import { m } from '../lib/messages.ts'
import Voice from './voice.tsx'

const shown = 40
/** So far to the side a finger goes to take it back. */
const away = 90
const tooShort = 500

interface Props {
  /** Recording lasts as long as this is held; undefined: until a button ends it. */
  held: { x: number } | undefined
  onSend(voice: Recorded): void
  onClose(): void
}

/** Stands in the composer while a voice message is recorded, and to hear it before it is sent. */
export default function VoiceRecorder({ held, onSend, onClose }: Props) {
  const [levels, setLevels] = useState<number[]>([])
  const [ms, setMs] = useState(0)
  const [problem, setProblem] = useState('')
  const [voice, setVoice] = useState<Recorded | null>(null)
  const [leaving, setLeaving] = useState(false)
  const recorder = useRef<Recorder | null>(null)
  const url = useMemo(() => (voice ? URL.createObjectURL(voice.blob) : ''), [voice])
  useEffect(() => () => { if (url) { stopPlaying(); URL.revokeObjectURL(url) } }, [url])

  useEffect(() => {
    let gone = false
    stopPlaying()
    Recorder.start((level, elapsed) => {
      setLevels((was) => [...was.slice(1 - shown), level])
      setMs(elapsed)
    }).then(
      (made) => {
        if (gone) void made.cancel()
        else recorder.current = made
      },
      (error: DOMException) => setProblem(error.name === 'NotFoundError' ? m.no_microphone() : m.microphone_refused()),
    )
    return () => {
      gone = true
      void recorder.current?.cancel()
    }
  }, [])

  const take = async (): Promise<Recorded | null> => {
    const made = await recorder.current?.stop()
    recorder.current = null
    return made ?? null
  }
  const listen = async () => setVoice(await take())
  const send = async () => {
    const made = voice ?? (await take())
    if (made && made.durationMs >= tooShort) onSend(made)
    else onClose()
  }
  const latest = useRef({ send, listen })
  latest.current = { send, listen }
  useEffect(() => {
    if (ms > longestMs && recorder.current) void latest.current.listen()
  }, [ms])

  useEffect(() => {
    if (!held) return
    const live = new AbortController()
    const toSide = (event: PointerEvent) => Math.abs(event.clientX - held.x) > away
    addEventListener('pointermove', (event) => setLeaving(toSide(event)), { signal: live.signal })
    addEventListener('pointerup', (event) => (toSide(event) ? onClose() : void latest.current.send()), { signal: live.signal })
    addEventListener('pointercancel', onClose, { signal: live.signal })
    return () => live.abort()
  }, [held])

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose()
      else if (event.key === 'Enter' && !(event.target as HTMLElement).closest('button')) void latest.current.send()
      else return
      event.preventDefault()
      event.stopPropagation()
    }
    addEventListener('keydown', onKey, { capture: true })
    return () => removeEventListener('keydown', onKey, { capture: true })
  }, [onClose])

  if (problem) {
    return (
      <div className="flex items-center gap-3 px-3 py-2.5">
        <p role="alert" className="min-w-0 flex-1 text-sm text-danger-strong">{problem}</p>
        <Button variant="outline" size="sm" onClick={onClose}>{m.close()}</Button>
      </div>
    )
  }
  return (
    <div role="group" aria-label={m.voice_message()} className="flex h-[4.5rem] items-center gap-2 px-2">
      <Button variant="ghost" size="icon" className="text-danger-strong max-md:size-11" aria-label={m.throw_away()} onClick={onClose}><Trash2 /></Button>
      {voice ? (
        <Voice track={{ id: url, url, durationMs: voice.durationMs, title: m.voice_message() }} peaks={voice.peaks} />
      ) : (
        <>
          <span className="size-2.5 shrink-0 animate-pulse rounded-full bg-danger-strong" />
          <span role="timer" className="w-12 text-sm tabular-nums">{clock(ms)}</span>
          <span aria-hidden className="flex h-8 min-w-0 flex-1 items-center justify-end gap-0.5 overflow-hidden">
            {levels.map((level, i) => <span key={i} className="w-1 shrink-0 rounded-full bg-primary" style={{ height: `${Math.max(10, level)}%` }} />)}
          </span>
          <span role="status" className="sr-only">{recorder.current ? m.recording() : ''}</span>
          {held && <span className="text-xs text-muted-foreground">{leaving ? m.release_to_cancel() : m.slide_to_cancel()}</span>}
          {!held && <Button variant="outline" size="icon" className="max-md:size-11" aria-label={m.stop_recording()} onClick={() => void listen()}><Square className="fill-current" /></Button>}
        </>
      )}
      {!held && <Button size="icon" className="ms-auto max-md:size-11" aria-label={m.send_voice()} onClick={() => void send()}><SendHorizontal className="rtl:-scale-x-100" /></Button>}
    </div>
  )
}
