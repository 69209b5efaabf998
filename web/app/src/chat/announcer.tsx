import { useEffect, useState } from 'react'
import { badge } from '../lib/badge.ts'
import { bare } from '../lib/bidi.ts'
import { isQuiet } from '../lib/quiet.ts'
import { useEngine, useLive, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { inOneLine } from '../text/names.ts'
import { systemText } from './system.ts'

/** Reads new messages of others out, politely, and counts the unread in the title; not in quiet hours. */
export function Announcer({ selected }: { selected: number | null }) {
  const engine = useEngine()
  const [text, setText] = useState('')
  const unread = useLive((s) => {
    let n = 0
    for (const c of s.conversations.values()) if (!c.isMuted && !c.isArchived) n += c.unreadCount
    return n
  })
  const quietHours = useLive((s) => s.me.settings.quietHours)
  const quiet = isQuiet(quietHours, new Date(useNow()))
  const name = useLive((s) => (selected === null ? undefined : s.conversations.get(selected)?.name))
  useEffect(() => {
    return engine.onMessage((message) => {
      const c = engine.state.conversations.get(message.conversationId)
      if (c && !c.isMuted && !isQuiet(engine.state.me.settings.quietHours, new Date())) setText(message.messageType === 'SYSTEM' ? systemText(message, c) : m.announce({ name: message.senderName, text: inOneLine(message, c).slice(0, 200) || (message.attachments[0]?.fileName ?? '') }))
    })
  }, [engine])
  useEffect(() => {
    const title = name ? `${bare(name)} · Parley` : 'Parley'
    document.title = unread > 0 && !quiet ? `(${unread}) ${title}` : title
    badge(quiet ? 0 : unread)
  }, [unread, quiet, name])
  return <p className="sr-only" role="status" aria-live="polite">{text}</p>
}
