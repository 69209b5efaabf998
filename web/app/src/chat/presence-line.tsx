import { cn } from '@parley/ui'
import { useEffect } from 'react'
import { relative } from '../lib/time.ts'
import { useEngine, useLive, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'

/** Whether somebody is there, and what he says of it. */
export function PresenceLine({ userId, whole }: { userId: number; whole?: boolean }) {
  const engine = useEngine()
  const presence = useLive((s) => s.presence.get(userId))
  const now = useNow()
  useEffect(() => {
    void engine.rest.get('/api/chat/presence/{userId}', { path: { userId } }).then(
      (p) => engine.store.setState((s) => ({ presence: new Map(s.presence).set(userId, { status: p.status as never, lastSeenAt: p.lastSeenAt, statusMessage: p.statusMessage, emoji: p.emoji }) })),
      () => undefined,
    )
  }, [engine, userId])
  if (!presence) return null
  const text = { ONLINE: m.online(), AWAY: m.away(), DND: m.dnd(), OFFLINE: presence.lastSeenAt ? m.last_seen({ when: relative(presence.lastSeenAt, now) }) : m.offline_status() }[presence.status]
  return <p data-status={presence.status} className={cn('text-xs text-muted-foreground', whole ? 'wrap-anywhere' : 'truncate')}>{text}{(presence.emoji || presence.statusMessage) && <> · <bdi>{[presence.emoji, presence.statusMessage].filter(Boolean).join(' ')}</bdi></>}</p>
}
