import type { Conversation } from '@parley/sdk'
import { Button } from '@parley/ui'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { findById } from '../store/timeline.ts'
import { Composer } from './composer.tsx'
import { MessageItem, PendingItem } from './message.tsx'
import { may } from './people.ts'
import { useView } from './view.ts'

/** The replies to one message, and where one more is written. */
export function Thread({ c, root }: { c: Conversation; root: number }) {
  const engine = useEngine()
  const view = useView()
  const known = useLive((s) => findById(s.timelines.get(c.id), root))
  const thread = useLive((s) => (s.thread?.root === root ? s.thread : null))
  const pendingAll = useLive((s) => s.pending)
  const [error, setError] = useState('')
  const box = useRef<HTMLDivElement>(null)
  const run = (work: Promise<void>) => void work.then(() => setError(''), (problem: Error) => setError(reason(problem)))
  useEffect(() => {
    run(engine.history.openThread(c.id, root))
    return () => engine.history.closeThread(root)
  }, [engine, c.id, root])

  const replies = thread?.replies.messages ?? []
  const pending = useMemo(() => pendingAll.filter((p) => p.conversationId === c.id && p.parentMessageId === root), [pendingAll, c.id, root])
  useStayingAtEnd(box, replies.at(-1)?.seq ?? 0, pending.length)
  const first = known ?? thread?.first
  const count = Math.max(first?.replyCount ?? 0, replies.length)
  return (
    <>
      <div ref={box} role="log" aria-label={m.thread()} tabIndex={0} className="scroll-thin min-h-0 flex-1 overflow-y-auto pb-3">
        {error && <p role="alert" className="p-4 text-sm text-danger-strong">{error}</p>}
        {first && <MessageItem message={{ ...first, replyCount: 0 }} conversation={c} first last bubbles={false} />}
        {(thread || count > 0) && <p className="mx-5 my-2 border-b pb-1 text-xs text-muted-foreground">{m.n_replies({ n: count })}</p>}
        {thread?.replies.hasOlder && <div className="text-center"><Button variant="ghost" size="sm" onClick={() => run(engine.history.olderReplies())}>{m.earlier_replies()}</Button></div>}
        {replies.map((x) => <MessageItem key={x.tempId ?? x.id} message={{ ...x, parentMessageId: null }} conversation={c} first last bubbles={false} />)}
        {pending.map((p) => <PendingItem key={p.tempId} pending={p} first last bubbles={false} />)}
      </div>
      {may(c, 'Reply') && <Composer conversation={c} reply={null} editing={null} thread={root} onReply={() => undefined} onEdit={() => undefined} onEditLast={() => undefined} onFiles={(files) => view.attach(files, root)} />}
    </>
  )
}

/** Shows what is new to who reads the end already, and one's own to everybody. */
function useStayingAtEnd(box: React.RefObject<HTMLDivElement | null>, newest: number, written: number): void {
  const atEnd = useRef(true)
  useEffect(() => {
    const e = box.current!
    const look = () => (atEnd.current = e.scrollHeight - e.scrollTop - e.clientHeight < 40)
    e.addEventListener('scroll', look, { passive: true })
    return () => e.removeEventListener('scroll', look)
  }, [box])
  useLayoutEffect(() => {
    const e = box.current!
    if (atEnd.current || written > 0) e.scrollTop = e.scrollHeight
  }, [box, newest, written])
}
