import type { OwnUser } from '@parley/sdk'

const whoKey = 'parley.me'
const unknownStatus: OwnUser['presence'] = { status: 'ONLINE', statusMessage: null, emoji: null, clearAt: null }

/** Who is signed in, so that a later visit shows something before the server answers. */
export function remember(me: OwnUser | null): void {
  if (me) localStorage.setItem(whoKey, JSON.stringify(me))
  else localStorage.removeItem(whoKey)
}

export function remembered(): OwnUser | null {
  try {
    const known = JSON.parse(localStorage.getItem(whoKey) ?? 'null') as OwnUser | null
    return known && { ...known, presence: known.presence ?? unknownStatus } // an earlier version kept less
  } catch {
    return null
  }
}
