import { afterEach, expect, test, vi } from 'vitest'
import { bare, isolated } from '../src/lib/bidi.ts'
import { highlight } from '../src/text/code.tsx'
import { plainWithMarks } from '../src/text/plain.ts'

afterEach(() => vi.restoreAllMocks())

test('code has the same colours on a machine that is slow', async () => {
  const code = Array.from({ length: 40 }, (_, i) => `const n${i} = ${i} // "number" ${i}`).join('\n')
  const fast = JSON.stringify(await highlight(code, 'ts'))
  let now = 0
  vi.spyOn(Date, 'now').mockImplementation(() => (now += 1_000))
  expect(JSON.stringify(await highlight(code, 'ts'))).toBe(fast)
  expect(fast).toContain('hl-keyword')
})

test('code that is too large, or a line of it, has no colours', async () => {
  expect(await highlight('let a = 1\n'.repeat(2_001), 'ts')).toBeNull()
  const nodes = JSON.stringify(await highlight(`// short\n// ${'x'.repeat(1_000)}`, 'ts'))
  expect(nodes.match(/hl-comment/g)).toHaveLength(1)
})

test('what was found is marked in the text without its marks, counted in code points', () => {
  expect(plainWithMarks('**The `harbour`** 😀 harbour', [{ start: 7, end: 14 }, { start: 20, end: 27 }])).toEqual(['The ', 'harbour', ' 😀 ', 'harbour', ''])
  expect(plainWithMarks('nothing', [])).toEqual(['nothing'])
  expect(plainWithMarks('a\uE000b', [{ start: 2, end: 3 }])).toEqual(['a ', 'b', ''])
})

test('controls of direction go nowhere, and words that are read from the right keep to themselves', () => {
  expect(bare('a\u202Eb\u2066c\u200F')).toBe('abc')
  expect(isolated('Ann \u202Enimda')).toBe('Ann nimda')
  expect(isolated('ليلى\u2069\u202E')).toBe('\u2068ليلى\u2069')
})
