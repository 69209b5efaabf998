import { createStore } from 'zustand/vanilla'

export interface Ending {
  reason: 'destroyed' | 'expired' | 'operator' | 'restart' | 'shown-out'
  by: 'you' | 'peer' | null
  at: number
  /** The operator was told of it from this page. */
  reported?: boolean
}

/** Where a room leads when it has ended. */
export const placeOf = (reason: string) => (reason === 'expired' ? '/?expired=true' : reason === 'restart' ? '/?restarted=true' : '/?destroyed=true')

/** How the room ended that was shown last; it is forgotten with the page. */
export const ending = createStore<{ now: Ending | null }>(() => ({ now: null }))

export const forgetEnding = () => ending.setState({ now: null })
