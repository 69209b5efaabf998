import type { Message } from '@parley/sdk'
import { expect, test } from 'vitest'
import { hasReacted, withReaction } from '../src/store/reaction.ts'

const message = (reactionSummary: Record<string, number>, ...myReactions: string[]) => ({ reactionSummary, myReactions }) as unknown as Message

test('an emoji with and without a variation selector is one reaction', () => {
  const mine = message({ '❤': 2 }, '❤️')
  expect(hasReacted(mine, '❤')).toBe(true)
  expect(withReaction(mine, '❤️', false)).toMatchObject({ reactionSummary: { '❤': 1 }, myReactions: [] })
  expect(withReaction(message({ '❤': 1 }), '❤️', true)).toMatchObject({ reactionSummary: { '❤': 2 }, myReactions: ['❤️'] })
})

test('one that is there already counts once, and the last one takes its emoji along', () => {
  const mine = message({ '👍': 1 }, '👍')
  expect(withReaction(mine, '👍', true)).toBe(mine)
  expect(withReaction(mine, '👍', false)).toEqual(message({}))
})
