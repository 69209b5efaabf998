import type { Conversation, Message } from '@parley/sdk'
import { m } from '../lib/messages.ts'

interface SystemNote {
  kind: string
  userId?: number
  userIds?: number[]
  name?: string
  role?: string
}

/** What a system line says. */
export function systemText(message: Message, c: Conversation): string {
  const note = (message.metadata as { system?: SystemNote } | null)?.system
  const who = message.senderName
  if (!note) return message.content
  const named = (id: number) => c.participants.find((p) => p.userId === id)?.name ?? m.somebody()
  const ids = note.userIds ?? (note.userId ? [note.userId] : [])
  const whom = ids.map(named).join(', ')
  const name = note.name ?? c.name
  if (/created/.test(note.kind)) return m.system_created({ who })
  if (/renamed|name/.test(note.kind)) return m.system_renamed({ who, name })
  if (/joined/.test(note.kind)) return m.system_joined({ who })
  if (/added/.test(note.kind)) return m.system_added({ who, whom })
  if (/left/.test(note.kind)) return m.system_left({ who })
  if (/removed/.test(note.kind)) return m.system_removed({ who, whom })
  if (/pinned/.test(note.kind)) return m.system_pinned({ who })
  if (/role|owner/.test(note.kind)) return m.system_role({ who, whom })
  return message.content || m.system_changed({ who })
}
