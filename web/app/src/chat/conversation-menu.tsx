import type { Conversation } from '@parley/sdk'
import { MenuAt, MenuItem, MenuSeparator, type Spot } from '@parley/ui'
import { Archive, ArchiveRestore, Bell, BellOff, CheckCheck, Pin, PinOff } from 'lucide-react'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'

/** What can be done with a conversation without opening it. */
export default function ConversationMenu({ c, spot, onClose }: { c: Conversation; spot: Spot; onClose(): void }) {
  const engine = useEngine()
  return (
    <MenuAt spot={spot} label={m.actions_for({ name: c.name })} onClose={onClose}>
      {c.unreadCount > 0 && <MenuItem onSelect={() => engine.markRead(c.id)}><CheckCheck />{m.mark_read()}</MenuItem>}
      <MenuItem onSelect={() => void engine.personal.pin(c, !c.isPinned)}>
        {c.isPinned ? <PinOff /> : <Pin />}
        {c.isPinned ? m.unpin() : m.pin()}
      </MenuItem>
      <MenuItem onSelect={() => void engine.personal.mute(c, !c.isMuted)}>
        {c.isMuted ? <Bell /> : <BellOff />}
        {c.isMuted ? m.unmute() : m.mute()}
      </MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => void engine.personal.archive(c, !c.isArchived)}>
        {c.isArchived ? <ArchiveRestore /> : <Archive />}
        {c.isArchived ? m.unarchive() : m.archive()}
      </MenuItem>
    </MenuAt>
  )
}
