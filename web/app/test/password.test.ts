import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { strength } from '../src/lib/password.ts'

const refused = readFileSync(new URL('../../../internal/auth/common.txt', import.meta.url), 'utf8').trim().split('\n')
const common = new Set(refused)

test('what the server refuses is never called good', () => {
  for (const word of [...refused, 'zyxwvuts', '0987654321', 'lkjhgfdsa', 'xxxxxxxxxxxx', 'Long.Username']) {
    for (const spelled of [word, word.toUpperCase(), word[0]!.toUpperCase() + word.slice(1)]) expect(strength(spelled, 'long.username', common), spelled).toBeLessThan(2)
  }
})

test('a phrase and a mixture are', () => {
  expect(strength('a long pass phrase', 'ann', common)).toBeGreaterThan(1)
  expect(strength('xK9$vQ2!', 'ann', common)).toBeGreaterThan(1)
  expect(strength('xK9$vQ2', 'ann', common)).toBe(0)
})
