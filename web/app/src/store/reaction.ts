import type { Message } from '@parley/sdk'

/** The reactions at hand. */
export const quick = ['👍', '❤️', '😂', '🎉', '👀']

/** Whether two emoji are one reaction: that something shall be drawn as an emoji (VS16) makes no difference. */
const same = (a: string) => (b: string) => bare(a) === bare(b)
const bare = (emoji: string) => emoji.replaceAll('\uFE0F', '')

export const hasReacted = (message: Message, emoji: string) => message.myReactions.some(same(emoji))

/** The message with one's own reaction, or without it. */
export function withReaction(message: Message, emoji: string, on: boolean): Message {
  if (hasReacted(message, emoji) === on) return message
  const shown = Object.keys(message.reactionSummary).find(same(emoji)) ?? emoji
  const { [shown]: count = 0, ...others } = message.reactionSummary
  const left = count + (on ? 1 : -1)
  return {
    ...message,
    reactionSummary: left > 0 ? { ...message.reactionSummary, [shown]: left } : others,
    myReactions: withMine(message, emoji, on),
  }
}

/** One's own reactions, when one of them comes or goes. */
export function withMine(message: Message, emoji: string, on: boolean): string[] {
  const others = message.myReactions.filter((e) => !same(emoji)(e))
  return on ? [...others, emoji] : others
}
