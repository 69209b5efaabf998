/** The passwords that the server refuses because they are tried first. */
export const loadCommon = async (): Promise<ReadonlySet<string>> => new Set((await import('../../../../internal/auth/common.txt?raw')).default.split('\n'))

// What fingers and heads produce without thinking; the same as in internal/auth/policy.go.
const rows = [
  'abcdefghijklmnopqrstuvwxyz', '0123456789',
  'qwertyuiopasdfghjklzxcvbnm', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm', 'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
]

function isRun(password: string): boolean {
  if (new Set(password).size === 1) return true
  const backwards = [...password].toReversed().join('')
  return rows.some((row) => {
    const round = row.repeat(Math.ceil(password.length / row.length) + 1)
    return round.includes(password) || round.includes(backwards)
  })
}

/** 0 is too short, 1 is easy to guess: all that the server refuses is one of both. Above, how long guessing takes. */
export function strength(password: string, username: string, common: ReadonlySet<string>): 0 | 1 | 2 | 3 {
  if ([...password].length < 8) return 0
  const lower = password.toLowerCase()
  if (lower === username.toLowerCase() || common.has(lower) || isRun(lower)) return 1
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^\w]/].filter((kind) => kind.test(password)).length
  const score = new Set(password).size * (1 + kinds / 2)
  return score < 14 ? 1 : score < 26 ? 2 : 3
}
