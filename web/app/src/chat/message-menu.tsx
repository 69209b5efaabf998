import type { Conversation, Message } from '@parley/sdk'
import { MenuAt, MenuItem, MenuSeparator, type Spot } from '@parley/ui'
import { AlarmClock, Bookmark, BookmarkX, CheckCheck, Copy, Forward, Link2, MailOpen, MessageSquareReply, Pencil, Pin, PinOff, Reply, SmilePlus, Trash2 } from 'lucide-react'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { ask } from './confirm.ts'
import { isAdmin, may, mayDelete, mayPost } from './people.ts'
import { quick } from '../store/reaction.ts'
import { toggleReaction } from './reactions.tsx'
import { useView } from './view.ts'

/** All that can be done with a message. */
export default function MessageMenu({ message, c, spot, onClose }: { message: Message; c: Conversation; spot: Spot; onClose(): void }) {
  const engine = useEngine()
  const view = useView()
  const { rest } = engine
  const own = message.senderId === engine.me
  const path = { id: message.id }
  const togglePin = () => (message.pinnedAt ? rest.delete('/api/chat/messages/{id}/pin', { path }) : rest.put('/api/chat/messages/{id}/pin', { path }))
  const remove = async () => {
    if (await ask({ title: m.confirm_delete_message(), text: m.confirm_delete_message_text(), action: m.delete_(), grave: true })) await rest.delete('/api/chat/messages/{id}', { path })
  }
  return (
    <MenuAt spot={spot} label={m.message_actions()} onClose={onClose}>
      {may(c, 'React') && (
        <div className="flex justify-between">
          {quick.map((emoji) => (
            <MenuItem key={emoji} aria-label={m.react_with({ emoji })} onSelect={() => void toggleReaction(engine, message, emoji)} className="grid size-9 place-items-center p-0 text-lg pointer-coarse:size-11 pointer-coarse:px-0">{emoji}</MenuItem>
          ))}
          <MenuItem aria-label={m.add_reaction()} onSelect={() => view.pickReaction(message, spot.origin)} className="grid size-9 place-items-center p-0 pointer-coarse:size-11 pointer-coarse:px-0"><SmilePlus /></MenuItem>
        </div>
      )}
      {may(c, 'React') && <MenuSeparator />}
      {may(c, 'Reply') && mayPost(c) && <MenuItem onSelect={() => view.reply(message)}><Reply className="rtl:-scale-x-100" />{m.reply()}</MenuItem>}
      <MenuItem onSelect={() => view.openThread(message.parentMessageId ?? message.id)}><MessageSquareReply className="rtl:-scale-x-100" />{m.open_thread()}</MenuItem>
      {own && message.messageType === 'TEXT' && !message.poll && <MenuItem onSelect={() => view.edit(message)}><Pencil />{m.edit()}</MenuItem>}
      <MenuItem onSelect={() => view.forward(message)}><Forward className="rtl:-scale-x-100" />{m.forward()}</MenuItem>
      {message.content && <MenuItem onSelect={() => void navigator.clipboard.writeText(message.content)}><Copy />{m.copy_text()}</MenuItem>}
      <MenuItem onSelect={() => void navigator.clipboard.writeText(`${location.origin}/chat/${c.id}/${message.id}`)}><Link2 />{m.copy_link()}</MenuItem>
      <MenuSeparator />
      {own && <MenuItem onSelect={() => view.openReceipts(message.id)}><CheckCheck />{m.read_by()}</MenuItem>}
      {(c.type === 'DIRECT' || isAdmin(c)) && (
        <MenuItem onSelect={() => void togglePin()}>
          {message.pinnedAt ? <PinOff /> : <Pin />}
          {message.pinnedAt ? m.unpin() : m.pin()}
        </MenuItem>
      )}
      <MenuItem onSelect={() => void engine.personal.bookmark(message)}>
        {message.isBookmarked ? <BookmarkX /> : <Bookmark />}
        {message.isBookmarked ? m.remove_bookmark() : m.bookmark()}
      </MenuItem>
      <MenuItem onSelect={() => view.remind(message, spot)}><AlarmClock />{m.remind_me()}</MenuItem>
      <MenuItem onSelect={() => void rest.post('/api/chat/conversations/{id}/unread', { path: { id: c.id }, body: { fromMessageId: message.id } })}><MailOpen />{m.mark_unread()}</MenuItem>
      {mayDelete(message, c, engine.me) && (
        <>
          <MenuSeparator />
          <MenuItem destructive onSelect={() => void remove()}><Trash2 />{m.delete_()}</MenuItem>
        </>
      )}
    </MenuAt>
  )
}
