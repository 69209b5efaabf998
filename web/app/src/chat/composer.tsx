import { ApiError, type Conversation, type Message } from '@parley/sdk'
import { Button, byMouse, cn, Tip } from '@parley/ui'
import { AtSign, Bold, Code2, CornerDownRight, Italic, Mic, Pencil, SendHorizontal, Strikethrough, X } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { canRecord, type Voice } from '../lib/recorder.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { keepLongDraft, longDraft } from '../store/long-drafts.ts'
import { inOneLine } from '../text/names.ts'
import { AttachButton } from './attach-button.tsx'
import { setBlocked } from './blocking.ts'
import { Completions, useCompletion } from './completion.tsx'
import { ask } from './confirm.ts'
import { EmojiButton } from './emoji-button.tsx'
import { may, mayPost, otherOf } from './people.ts'
import { Typing } from './typing.tsx'

const VoiceRecorder = lazy(() => import('./voice-recorder.tsx'))

const draftAfter = 800
/** A press that is longer is held: it records until it is let go. */
const heldAfter = 350
const typingEvery = 3_000
const largeGroup = 20
/** So many characters the server takes. */
const most = 10_000
const lengthOf = (text: string) => (text.length > most ? [...text].length : text.length)

interface ComposerProps {
  conversation: Conversation
  reply: Message | null
  editing: Message | null
  onReply(message: Message | null): void
  onEdit(message: Message | null): void
  onEditLast(): void
  onFiles(files: File[]): void
  /** What was handed over from elsewhere to be sent here. */
  begun?: string | undefined
  onPoll?(): void
  /** Always an answer to this message: a thread. */
  thread?: number
  /** How often it was asked to take what is written next. */
  called?: number
}

export function Composer({ conversation: c, reply, editing, onReply, onEdit, onEditLast, onFiles, onPoll, begun, thread, called = 0 }: ComposerProps) {
  const engine = useEngine()
  const enterSends = useLive((s) => s.me.settings.enterSends)
  const [text, setText] = useState(begun || (thread ? '' : longDraft(engine.me, c.id) || (c.draft?.content ?? '')))
  const [error, setError] = useState('')
  const area = useRef<HTMLTextAreaElement>(null)
  const typed = useRef(0)
  const [recording, setRecording] = useState<{ held: { x: number } | undefined } | null>(null)
  const completion = useCompletion(c, text, area, setText)

  // A draft of another device shows when nothing is being written here.
  const foreign = thread ? '' : (c.draft?.content ?? '')
  const touched = useRef(text !== foreign)
  useEffect(() => {
    if (!touched.current && !editing) setText(foreign)
  }, [foreign, editing])
  const unsaved = useRef<{ text: string; timer: ReturnType<typeof setTimeout> } | null>(null)
  const saveDraft = useCallback(
    (content: string) => {
      if (thread) return
      const path = { id: c.id }
      const tooLong = lengthOf(content) > most
      keepLongDraft(engine.me, c.id, tooLong ? content : '')
      if (!tooLong) void (content.trim() ? engine.rest.put('/api/chat/conversations/{id}/draft', { path, body: { content } }) : engine.rest.delete('/api/chat/conversations/{id}/draft', { path })).catch(() => undefined)
      const known = engine.state.conversations.get(c.id)
      if (known) engine.putConversation({ ...known, draft: content.trim() ? { content, parentMessageId: null, updatedAt: new Date().toISOString() } : null })
    },
    [engine, c.id, thread],
  )
  useEffect(
    () => () => {
      if (!unsaved.current) return
      clearTimeout(unsaved.current.timer)
      saveDraft(unsaved.current.text)
      unsaved.current = null
    },
    [saveDraft],
  )

  useEffect(() => {
    if (editing) setText(editing.content)
  }, [editing?.id])
  useEffect(() => {
    if (called > 0 || byMouse() || (thread && !matchMedia('(pointer: coarse)').matches)) area.current?.focus()
  }, [called])

  const change = (value: string) => {
    setText(value)
    setError('')
    if (editing) return
    touched.current = value !== ''
    if (!thread && lengthOf(value) > most) keepLongDraft(engine.me, c.id, value)
    if (unsaved.current) clearTimeout(unsaved.current.timer)
    unsaved.current = { text: value, timer: setTimeout(() => { unsaved.current = null; saveDraft(value) }, draftAfter) }
    const now = Date.now()
    if (value && now - typed.current > typingEvery) {
      typed.current = now
      engine.note('typing', { conversationId: c.id, typing: true })
    }
  }

  const cancel = () => {
    if (editing) {
      onEdit(null)
      setText(foreign)
    }
    onReply(null)
  }

  async function submit() {
    const content = text.trim()
    if (!content) return
    if (lengthOf(content) > most) {
      setError(m.too_long())
      return
    }
    if (editing) {
      try {
        if (content !== editing.content) {
          const edited = await engine.rest.put('/api/chat/messages/{id}', { path: { id: editing.id }, body: { content } })
          engine.changeMessage(editing, (now) => ({ ...now, ...edited }))
        }
        onEdit(null)
        setText('')
      } catch (problem) {
        setError(problem instanceof ApiError && problem.code === 'forbidden' ? m.edit_refused() : reason(problem))
      }
      return
    }
    if (/(^|\s)@all\b/.test(content) && c.participantCount > largeGroup && !(await ask({ title: m.confirm_all({ n: c.participantCount }), action: m.send() }))) return
    if (unsaved.current) clearTimeout(unsaved.current.timer)
    unsaved.current = null
    touched.current = false
    typed.current = 0
    setText('')
    if (c.draft || content.length > 0) saveDraft('')
    void engine.writing.send(c.id, content, thread ?? reply?.id ?? null)
    onReply(null)
    engine.note('typing', { conversationId: c.id, typing: false })
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return
    if (completion.onKeyDown(event)) return
    if (event.key === 'Enter' && (enterSends ? !event.shiftKey : event.metaKey || event.ctrlKey)) {
      event.preventDefault()
      void submit()
    } else if (event.key === 'ArrowUp' && text === '' && !editing) {
      event.preventDefault()
      onEditLast()
    } else if (event.key === 'Escape' && (editing || reply)) {
      event.stopPropagation()
      cancel()
    } else if ((event.metaKey || event.ctrlKey) && (event.key === 'b' || event.key === 'i')) {
      event.preventDefault()
      wrap(event.key === 'b' ? '**' : '*')
    }
  }

  const insert = (what: string) => {
    const at = area.current
    if (!at) return
    at.focus()
    at.setRangeText(what, at.selectionStart, at.selectionEnd, 'end')
    change(at.value)
  }
  const wrap = (mark: string) => {
    const at = area.current
    if (!at) return
    const [from, to] = [at.selectionStart, at.selectionEnd]
    at.focus()
    at.setRangeText(`${mark}${at.value.slice(from, to)}${mark}`, from, to, 'end')
    if (from === to) at.setSelectionRange(from + mark.length, from + mark.length)
    change(at.value)
  }

  const speak = ({ blob, fileName, durationMs, peaks }: Voice) => {
    setRecording(null)
    const upload = { id: crypto.getRandomValues(new Uint32Array(3)).join('-'), file: blob, fileName, mimeType: blob.type, width: null, height: null, voice: { durationMs, peaks } }
    void engine.writing.send(c.id, '', thread ?? reply?.id ?? null, [upload])
    onReply(null)
  }
  const stopRecording = useCallback(() => setRecording(null), [])

  const other = otherOf(c, engine.me)
  const blocked = useLive((s) => other !== undefined && s.blocked.has(other.userId))
  if (other && blocked) {
    return (
      <p className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 border-t bg-sidebar px-5 py-3 text-sm text-muted-foreground">
        {m.you_blocked({ name: other.name })}
        <Button variant="outline" size="sm" className="max-md:h-11" onClick={() => void setBlocked(engine, other, false).catch(() => undefined)}>{m.unblock()}</Button>
      </p>
    )
  }
  if (!mayPost(c)) return <p className="border-t bg-sidebar px-5 py-4 text-center text-sm text-muted-foreground">{m.only_admins_post()}</p>
  const name = c.type === 'CHANNEL' ? `#${c.name}` : c.name
  const length = lengthOf(text)
  const placeholder = thread ? m.reply_in_thread() : m.message_to({ name })
  const strip = editing ? <Strip icon={<Pencil className="size-3.5" />} title={m.editing()} text={inOneLine(editing, c)} onClose={cancel} /> : reply ? <Strip icon={<CornerDownRight className="size-3.5" />} title={m.replying_to({ name: reply.senderName })} text={inOneLine(reply, c) || (reply.attachments[0]?.fileName ?? '')} onClose={cancel} /> : null
  return (
    <div data-region="composer" className="relative px-4 pb-[max(0.25rem,env(safe-area-inset-bottom))] max-sm:px-3">
      <Completions completion={completion} className="inset-x-4" />
      <div className="rounded-xl border border-input bg-card shadow-[0_1px_2px_oklch(0.2_0.02_220/.05)] focus-within:border-ring focus-within:ring-3 focus-within:ring-ring/15">
        {strip}
        {recording && <Suspense fallback={<div className="h-[4.5rem]" />}><VoiceRecorder held={recording.held} onSend={speak} onClose={stopRecording} /></Suspense>}
        <div className={cn(recording && 'hidden')}>
        <textarea
          ref={area} rows={1} dir={text ? 'auto' : undefined} value={text} aria-label={placeholder} placeholder={placeholder} maxLength={100_000} aria-invalid={length > most || undefined} enterKeyHint={enterSends ? 'send' : 'enter'}
          {...completion.field}
          onChange={(e) => change(e.target.value)} onKeyDown={onKeyDown}
          onPaste={(event) => {
            const files = [...event.clipboardData.files]
            if (files.length > 0 && may(c, 'Upload')) {
              event.preventDefault()
              onFiles(files)
            }
          }}
          className="scroll-thin block max-h-60 w-full resize-none bg-transparent px-3.5 pt-2.5 pb-1 text-msg outline-none [field-sizing:content] placeholder:text-muted-foreground"
        />
        <div className="flex items-center gap-0.5 px-1.5 pb-1.5">
          {may(c, 'Upload') && <AttachButton onFiles={onFiles} onPoll={c.type === 'DIRECT' || thread ? undefined : onPoll} />}
          <EmojiButton plain label={m.emoji()} onPick={insert} className="max-md:size-11" />
          {c.type !== 'DIRECT' && <Tip label={m.mention()}><Button variant="ghost" size="icon" aria-label={m.mention()} className="max-sm:hidden" onClick={() => insert('@')}><AtSign className="size-[18px]" /></Button></Tip>}
          <span className={cn('flex max-lg:hidden', thread && 'hidden')}>
            {([[Bold, m.bold(), '**'], [Italic, m.italic(), '*'], [Strikethrough, m.strike(), '~~'], [Code2, m.code(), '`']] as const).map(([Icon, label, mark]) => (
              <Tip key={label} label={label}><Button variant="ghost" size="icon" aria-label={label} onClick={() => wrap(mark)}><Icon className="size-[17px]" /></Button></Tip>
            ))}
          </span>
          <span className="ms-auto hidden text-2xs text-muted-foreground xl:block">{thread ? null : enterSends ? m.enter_hint() : m.ctrl_enter_hint()}</span>
          {may(c, 'Upload') && !editing && canRecord() && <MicButton onRecord={(held) => setRecording({ held })} />}
          <Button size="icon" className="ms-2 max-xl:ms-auto max-md:size-11" aria-label={editing ? m.save() : m.send()} disabled={!text.trim()} onClick={() => void submit()}><SendHorizontal className="rtl:-scale-x-100" /></Button>
        </div>
        </div>
      </div>
      <div className="min-h-6 px-1 pt-1 text-xs text-muted-foreground">
        {error ? <p role="alert" className="text-danger-strong">{error}</p> : length > most * 0.9 ? <Length n={length} keeps={!thread && !editing} /> : thread ? null : <Typing conversationId={c.id} />}
      </div>
    </div>
  )
}

/** Records a voice message: after a click until it is ended, or for as long as it is held. */
function MicButton({ onRecord }: { onRecord(held: { x: number } | undefined): void }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const held = useRef(false)
  const press = (event: PointerEvent) => {
    const { clientX: x } = event
    held.current = false
    timer.current = setTimeout(() => {
      held.current = true
      onRecord({ x })
    }, heldAfter)
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <Tip label={m.record_voice()}>
      <Button
        variant="ghost" size="icon" aria-label={m.record_voice()} className="touch-none max-xl:ms-auto max-md:size-11 [&+*]:ms-0"
        onPointerDown={press} onPointerUp={() => clearTimeout(timer.current)} onContextMenu={(event) => event.preventDefault()}
        onClick={() => { clearTimeout(timer.current); if (!held.current) onRecord(undefined) }}
      >
        <Mic className="size-[18px]" />
      </Button>
    </Tip>
  )
}

/** How much of what fits is written, when that is soon all. */
function Length({ n, keeps }: { n: number; keeps: boolean }) {
  return (
    <p role="status" className={cn('flex flex-wrap justify-between gap-x-3', n > most && 'text-danger-strong')}>
      <span>{n > most && keeps && m.draft_kept_here()}</span>
      <span className="tabular-nums">{m.n_of_most({ n, most })}</span>
    </p>
  )
}

function Strip({ icon, title, text, onClose }: { icon: ReactNode; title: string; text: string; onClose(): void }) {
  return (
    <div className="flex items-center gap-2 border-b px-3 py-1.5 text-xs whitespace-nowrap text-muted-foreground">
      <span className="shrink-0">{icon}</span>
      <b className="font-semibold text-foreground">{title}</b>
      <span className="truncate"><bdi>{text}</bdi></span>
      <button type="button" aria-label={m.cancel()} onClick={onClose} className="ms-auto grid size-7 shrink-0 place-items-center rounded hover:bg-muted max-md:-my-1 max-md:-me-2 max-md:size-11"><X className="size-3.5" /></button>
    </div>
  )
}
