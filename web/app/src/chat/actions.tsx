import type { Conversation, Message } from '@parley/sdk'
import { Button, cn, spotBelow, Tip } from '@parley/ui'
import { Bookmark, MoreHorizontal, Reply } from 'lucide-react'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { EmojiButton } from './emoji-button.tsx'
import { may, mayPost } from './people.ts'
import { quick } from '../store/reaction.ts'
import { toggleReaction } from './reactions.tsx'
import { useView } from './view.ts'

/** What stands for the actions until the pointer or the focus comes near: hundreds of rows scroll by without. */
export function ActionsAtRest({ message }: { message: Message }) {
  const view = useView()
  if (message.isDeleted) return null
  return <button type="button" tabIndex={-1} aria-label={m.more_actions()} aria-haspopup="menu" onClick={(event) => view.openMenu(message, spotBelow(event.currentTarget))} className="absolute top-0 end-0 size-px opacity-0" />
}

/** What is done most often with a message: on hover, and by the keyboard on a focused one. Touch has the menu. */
export function Actions({ message, c, side }: { message: Message; c: Conversation; side: 'start' | 'end' | 'row' }) {
  const engine = useEngine()
  const view = useView()
  if (message.isDeleted) return null
  return (
    <div
      role="toolbar" aria-label={m.message_actions()}
      className={cn(
        'absolute z-10 flex items-center rounded-lg border bg-popover p-0.5 shadow-pop pointer-coarse:hidden',
        'pointer-events-none opacity-0 pointing:group-hover:pointer-events-auto pointing:group-hover:opacity-100 typing:group-focus-within:pointer-events-auto typing:group-focus-within:opacity-100 has-aria-expanded:pointer-events-auto has-aria-expanded:opacity-100',
        side === 'row' ? '-top-4 end-4' : side === 'start' ? 'top-0 end-full me-1.5 max-sm:-top-9 max-sm:end-0' : 'top-0 start-full ms-1.5 max-sm:-top-9 max-sm:start-0',
      )}
    >
      {may(c, 'React') && (
        <>
          {side === 'row' && quick.slice(0, 3).map((emoji) => (
            <button key={emoji} type="button" aria-label={m.react_with({ emoji })} onClick={() => void toggleReaction(engine, message, emoji)} className="grid size-7 place-items-center rounded-md text-sm hover:bg-muted max-sm:hidden">
              {emoji}
            </button>
          ))}
          {side === 'row' && <span className="mx-0.5 h-4 w-px bg-border max-sm:hidden" />}
          <EmojiButton label={m.add_reaction()} onPick={(emoji) => void toggleReaction(engine, message, emoji)} />
        </>
      )}
      {may(c, 'Reply') && mayPost(c) && (
        <Tip label={m.reply()} kbd="R">
          <Button variant="ghost" size="icon-sm" aria-label={m.reply()} onClick={() => view.reply(message)}><Reply className="rtl:-scale-x-100" /></Button>
        </Tip>
      )}
      <Tip label={message.isBookmarked ? m.remove_bookmark() : m.bookmark()}>
        <Button variant="ghost" size="icon-sm" aria-label={message.isBookmarked ? m.remove_bookmark() : m.bookmark()} aria-pressed={message.isBookmarked} onClick={() => void engine.personal.bookmark(message)}>
          <Bookmark className={cn(message.isBookmarked && 'fill-current text-primary')} />
        </Button>
      </Tip>
      <Tip label={m.more_actions()}>
        <Button variant="ghost" size="icon-sm" aria-label={m.more_actions()} aria-haspopup="menu" onClick={(event) => view.openMenu(message, spotBelow(event.currentTarget))}><MoreHorizontal /></Button>
      </Tip>
    </div>
  )
}
