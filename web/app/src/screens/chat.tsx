import { cn, followHand, retryPictures } from '@parley/ui'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { useStore } from 'zustand'
import { Announcer } from '../chat/announcer.tsx'
import { ConversationView } from '../chat/conversation.tsx'
import { asked } from '../chat/confirm.ts'
import { closeDialog, dialogs, openDialog } from '../chat/dialogs.ts'
import { Notice } from '../chat/notice.tsx'
import { asListed } from '../chat/people.ts'
import { BottomTabs, Rail } from '../chat/rail.tsx'
import { Renewal } from '../chat/renewal.tsx'
import { Sidebar } from '../chat/sidebar.tsx'
import { Boundary } from '../lib/boundary.tsx'
import { followFingers } from '../lib/gestures.ts'
import { spoken } from '../lib/language.ts'
import { player } from '../lib/player.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'

const loadDialogs = () => import('../chat/dialog-host.tsx')
const loadConfirm = () => import('../chat/confirm-dialog.tsx')
const Dialogs = lazy(loadDialogs)
const Confirm = lazy(loadConfirm)
const DueReminders = lazy(() => import('../chat/reminders.tsx'))
const Rooms = lazy(async () => (await import('../rooms/open.ts')).beside())
const NowPlaying = lazy(() => import('../chat/now-playing.tsx').then((now) => ({ default: now.NowPlaying })))

export default function Chat({ params }: { params: { conversation?: string | undefined; message?: string | undefined } }) {
  const id = params.conversation ? idOf(params.conversation) : null
  const inRooms = useLocation()[0].startsWith('/rooms')
  const dialog = useStore(dialogs, (s) => s.open)
  const question = useStore(asked, (s) => s.question)
  const language = useStore(spoken, (s) => s.language)
  useShortcuts(id)
  useEffect(() => closeDialog, [])
  // Keys are pressed before a dialog that is not loaded yet could take them.
  useEffect(() => {
    const timer = setTimeout(() => void Promise.all([loadDialogs(), loadConfirm()]).catch(() => undefined), 1_500)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    const live = new AbortController()
    followFingers(live.signal)
    followHand(live.signal)
    return () => live.abort()
  }, [])
  const live = useLive((s) => s.connection.state === 'live')
  useEffect(() => {
    if (live) retryPictures()
  }, [live])
  useNotifications()
  useStarts()
  const playing = useStore(player, (s) => s.track !== null)
  return (
    // Whatever was written in another language is made anew.
    <div key={language} className="flex h-dvh flex-col overflow-hidden">
      <Renewal />
      {playing && <Suspense fallback={null}><NowPlaying /></Suspense>}
      <div className="flex min-h-0 flex-1">
        <Rail />
        <Boundary><Sidebar selected={id} className={cn((id !== null || inRooms) && 'max-md:hidden')} /></Boundary>
        <Boundary key={inRooms ? 'rooms' : id}>{inRooms ? <Suspense fallback={null}><Rooms /></Suspense> : id === null ? <Nothing /> : <Known id={id} message={params.message ? idOf(params.message) : null} />}</Boundary>
      </div>
      <BottomTabs hidden={id !== null} />
      <Announcer selected={id} />
      <Notice />
      <Reminders />
      {question && <Suspense fallback={null}><Confirm /></Suspense>}
      {dialog && <Suspense fallback={null}><Dialogs name={dialog} /></Suspense>}
    </div>
  )
}

function Reminders() {
  const reminders = useLive((s) => s.reminders)
  const due = useMemo(() => [...reminders.values()].filter((r) => r.isDue), [reminders])
  return due.length > 0 && <Suspense fallback={null}><DueReminders due={due} /></Suspense>
}

/** Sounds and notifications, as long as the app is open somewhere. */
function useNotifications() {
  const engine = useEngine()
  const [, go] = useLocation()
  useEffect(() => {
    let stop: (() => void) | undefined
    let gone = false
    void import('../lib/notify.ts').then(({ notifyOf }) => {
      if (!gone) stop = notifyOf(engine, go)
    }, () => undefined)
    return () => {
      gone = true
      stop?.()
    }
  }, [engine, go])
}

/** What the installed app's shortcuts, and what is shared to it, begin with. */
function useStarts() {
  useEffect(() => {
    const asked = new URLSearchParams(location.search)
    for (const [name, dialog] of [['shared', 'share'], ['new', 'new'], ['search', 'jump']] as const) {
      if (!asked.has(name)) continue
      history.replaceState(history.state, '', location.pathname)
      openDialog(dialog)
    }
  }, [])
}

/** The id in an address; 0 stands for what cannot be one. */
const idOf = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : 0)

function Known({ id, message }: { id: number; message: number | null }) {
  const known = useLive((s) => s.conversations.has(id))
  const listed = useLive((s) => s.listed)
  const engine = useEngine()
  const [asked, setAsked] = useState(id === 0)
  // One that is hidden, or just made, is not in the list but may be opened.
  useEffect(() => {
    if (!known && listed && !asked) void engine.reload(id).finally(() => setAsked(true))
  }, [engine, id, known, listed, asked])
  if (known) return <ConversationView key={id} id={id} message={message} />
  return <main className="grid flex-1 place-content-center p-6 text-center text-sm text-muted-foreground">{listed && asked ? m.conversation_gone() : null}</main>
}

function Nothing() {
  return (
    <main className="grid flex-1 place-content-center gap-1 p-6 text-center max-md:hidden">
      <img src="/icon.svg" alt="" width={56} height={56} className="mx-auto mb-3 opacity-80" />
      <h1 className="font-semibold">{m.pick_conversation()}</h1>
      <p className="text-sm text-muted-foreground">{m.pick_hint()}</p>
    </main>
  )
}

/** Keys that work everywhere in the app. */
function useShortcuts(selected: number | null) {
  const engine = useEngine()
  const [, go] = useLocation()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = event.metaKey || event.ctrlKey
      const writing = (event.target as HTMLElement).closest?.('input, textarea, [contenteditable]')
      if (command && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        openDialog('jump')
      } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        event.preventDefault()
        const all = asListed(engine.state.conversations)
        const at = all.findIndex((c) => c.id === selected)
        const next = all[(at + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length]
        if (next) go(`/chat/${next.id}`)
      } else if (event.key === '?' && !writing) {
        openDialog('keys')
      } else if (event.key === 'Escape' && !event.shiftKey && !document.querySelector('[role=dialog]')) {
        closeDialog() // one that is asked for and not loaded yet
      } else if (event.key === 'Escape' && event.shiftKey) {
        event.preventDefault()
        engine.markAllRead()
      } else if (event.key === 'F6') {
        event.preventDefault()
        nextRegion(event.shiftKey)
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [engine, go, selected])
}

function nextRegion(back: boolean) {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter((r) => r.offsetParent !== null)
  const at = regions.findIndex((r) => r.contains(document.activeElement))
  const next = regions[(at + (back ? -1 : 1) + regions.length) % regions.length]
  const inside = next?.matches('[tabindex="0"]') ? next : ['textarea', '[aria-current=page]', 'a, button, input'].map((kind) => next?.querySelector<HTMLElement>(kind)).find(Boolean)
  inside?.focus()
}
