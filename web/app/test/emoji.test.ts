import { expect, test } from 'vitest'
import { complete, emojiIn, find } from '../src/emoji/emoji.ts'
import { languages } from '../src/lib/language.ts'

const boat = '⛵\uFE0F'

test.each([...languages])('%s has a name of its own for every emoji', async (language) => {
  const all = await emojiIn(language)
  expect(all.length).toBeGreaterThan(1800)
  expect(all.filter((e) => e.label.trim() === '')).toEqual([])
  expect(new Set(all.map((e) => e.unicode)).size).toBe(all.length)
  const english = await emojiIn('en')
  if (language !== 'en') expect(all.filter((e, i) => e.label === english[i]!.label).length).toBeLessThan(all.length / 10)
})

test.each([
  ['en', 'sailboat', 'sailboat'],
  ['de', 'Segelboot', 'Segelboot'],
  ['de', 'segelb', 'Segelboot'],
  ['es', 'velero', 'velero'],
  ['fr', 'voilier', 'voilier'],
  ['zh', '帆船', '帆船'],
  ['ar', 'مركب شراعي', 'مركب شراعي'],
  ['ar', 'مَرْكَب', 'مركب شراعي'], // vowels are not written, or are
  ['ar', 'sailboat', 'مركب شراعي'],
  ['de', 'yacht', 'Segelboot'], // an English keyword
])('in %s, %s finds the boat, called %s', async (language, query, label) => {
  expect(find(await emojiIn(language), query).find((e) => e.unicode === boat)?.label).toBe(label)
})

test('whose name begins as asked comes first', async () => {
  const all = await emojiIn('de')
  expect(find(all, 'segelboot')[0]!.unicode).toBe(boat)
  expect(complete(all, 'sailb')[0]!.unicode).toBe(boat)
  expect(find(all, 'no such thing')).toEqual([])
  expect(find(all, '  ')).toEqual(all)
})

test('two people have the same tone of skin', async () => {
  const pair = (await emojiIn('en')).find((e) => e.unicode === '👭')!
  expect(pair.tones).toEqual(['👭🏻', '👭🏼', '👭🏽', '👭🏾', '👭🏿'])
})
