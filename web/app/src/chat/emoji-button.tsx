import { Smile, SmilePlus } from 'lucide-react'
import * as emoji from '../emoji/emoji-button.tsx'
import { useLive } from '../lib/use.ts'

/** The emoji, of the skin tone that its user has chosen; plain: to write one, not to react with. */
export function EmojiButton({ label, onPick, className, plain }: { label: string; onPick(emoji: string): void; className?: string; plain?: boolean }) {
  const tone = useLive((s) => s.me.settings.emojiSkinTone)
  return <emoji.EmojiButton icon={plain ? Smile : SmilePlus} small={!plain} label={label} tone={tone} className={className} onPick={onPick} />
}
