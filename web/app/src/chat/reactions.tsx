import type { Conversation, Message } from '@parley/sdk'
import { cn, Tip } from '@parley/ui'
import { useEngine } from '../lib/use.ts'
import type { Engine } from '../store/engine.ts'
import { hasReacted, withReaction } from '../store/reaction.ts'
import { m } from '../lib/messages.ts'
import { EmojiButton } from './emoji-button.tsx'
import { may } from './people.ts'
import { useView } from './view.ts'

/** Shows the reaction at once; what the server says about it comes over the stream. */
export async function toggleReaction(engine: Engine, message: Message, emoji: string): Promise<void> {
  const had = hasReacted(message, emoji)
  engine.changeMessage(message, (now) => withReaction(now, emoji, !had))
  const path = { id: message.id }
  try {
    await (had
      ? engine.rest.delete('/api/chat/messages/{id}/reactions/{emoji}', { path: { ...path, emoji } })
      : engine.rest.post('/api/chat/messages/{id}/reactions', { path, body: { emoji } }))
  } catch {
    engine.changeMessage(message, (now) => withReaction(now, emoji, had))
  }
}

export function Reactions({ message, c, end }: { message: Message; c: Conversation; end: boolean }) {
  const engine = useEngine()
  const view = useView()
  const all = Object.entries(message.reactionSummary)
  if (all.length === 0) return null
  return (
    <div className={cn('mt-1.5 flex flex-wrap gap-1', end && 'justify-end')}>
      {all.map(([emoji, n]) => {
        const mine = hasReacted(message, emoji)
        return (
          <Tip key={emoji} label={m.who_reacted_hint()}>
            <button
              type="button" aria-pressed={mine} aria-label={m.reaction_count({ emoji, n })}
              onClick={() => void toggleReaction(engine, message, emoji)}
              onContextMenu={(event) => {
                event.preventDefault()
                event.stopPropagation()
                view.openReactions(message.id)
              }}
              className={cn('relative inline-flex h-6 items-center gap-1 rounded-full border px-2 text-xs font-medium tabular-nums after:absolute after:-inset-y-1.5 max-md:h-8 max-md:px-2.5 max-md:after:inset-x-0', mine ? 'border-ring/60 bg-primary-soft text-primary-soft-foreground' : 'bg-muted hover:border-input')}
            >
              <span className="text-[13px]">{emoji}</span>
              {n}
            </button>
          </Tip>
        )
      })}
      {may(c, 'React') && <EmojiButton label={m.add_reaction()} className="h-6 w-7 rounded-full" onPick={(emoji) => void toggleReaction(engine, message, emoji)} />}
    </div>
  )
}
