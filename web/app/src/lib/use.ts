import { createContext, useContext, useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { Engine } from '../store/engine.ts'
import type { State } from '../store/state.ts'

export const EngineContext = createContext<Engine | null>(null)

export function useEngine(): Engine {
  const engine = useContext(EngineContext)
  if (!engine) throw new Error('nobody is signed in')
  return engine
}

/** A part of the live store; what it selects must be stable while nothing changes. */
export function useLive<T>(select: (state: State) => T): T {
  return useStore(useEngine().store, select)
}

export function useMedia(query: string): boolean {
  const [matches, set] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const change = () => set(list.matches)
    list.addEventListener('change', change)
    return () => list.removeEventListener('change', change)
  }, [query])
  return matches
}

/** The time, renewed so often that relative times stay true. */
export function useNow(every = 30_000): number {
  const [now, set] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
