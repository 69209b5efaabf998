import { PopoverAt } from '@parley/ui'
import { SmilePlus } from 'lucide-react'
import { useState, type RefObject } from 'react'
import { m } from '../lib/messages.ts'
import { quick } from '../store/reaction.ts'
import EmojiPicker from './emoji-picker.tsx'

interface Props {
  anchor: RefObject<HTMLElement | null>
  label: string
  /** Begin with the few that are used most. */
  few?: boolean | undefined
  /** Of skin, from 1 to 5; 0 is none. */
  tone?: number | undefined
  onPick(emoji: string): void
  onClose(): void
}

/** Emoji to choose one of. */
export default function EmojiPopover({ anchor, label, few, tone, onPick, onClose }: Props) {
  const [all, showAll] = useState(!few)
  const pick = (emoji: string) => {
    onClose()
    onPick(emoji)
  }
  if (all) return <PopoverAt key="all" anchor={anchor} label={label} onClose={onClose} className="h-80 w-80 max-w-[calc(100vw-1rem)] overflow-hidden p-0"><EmojiPicker tone={tone} onPick={pick} /></PopoverAt>
  return (
    <PopoverAt key="few" anchor={anchor} label={label} onClose={onClose} className="flex w-auto gap-0.5 p-1">
      {quick.map((emoji) => <button key={emoji} type="button" aria-label={m.react_with({ emoji })} onClick={() => pick(emoji)} className="grid size-10 place-items-center rounded-lg text-xl hover:bg-muted max-md:size-11">{emoji}</button>)}
      <button type="button" aria-label={m.emoji()} onClick={() => showAll(true)} className="grid size-10 place-items-center rounded-lg text-muted-foreground hover:bg-muted max-md:size-11"><SmilePlus className="size-5" /></button>
    </PopoverAt>
  )
}
