import { expect, test, vi } from 'vitest'

const line = vi.hoisted(() => ({ down: true }))
const names = vi.hoisted(() => async (load: () => Promise<object>) => {
  if (line.down) throw new Error('it cannot be fetched')
  return load()
})
vi.mock('../src/emoji/en.json', (load) => names(load))
vi.mock('../src/emoji/ar.json', (load) => names(load))

const { emojiIn } = await import('../src/emoji/emoji.ts')

test('names that could not be fetched are fetched the next time', async () => {
  line.down = true
  await expect(emojiIn('en')).rejects.toThrow()
  line.down = false
  expect((await emojiIn('en'))[0]!.label).toBeTruthy()
  expect(emojiIn('en')).toBe(emojiIn('en'))
})

test('a language that could not be fetched is English only until the next time', async () => {
  line.down = false
  const english = await emojiIn('en')
  line.down = true
  expect((await emojiIn('ar')).map((e) => e.label)).toEqual(english.map((e) => e.label))
  line.down = false
  expect((await emojiIn('ar'))[0]!.label).not.toBe(english[0]!.label)
  expect(emojiIn('ar')).toBe(emojiIn('ar'))
})
