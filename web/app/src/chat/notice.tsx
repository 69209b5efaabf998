import { useEffect } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

const shownFor = 5_000
const notices = createStore<{ text: string }>(() => ({ text: '' }))

/** Says what was done, for a moment. */
export const tell = (text: string) => notices.setState({ text }, true)

export function Notice() {
  const now = useStore(notices)
  useEffect(() => {
    if (!now.text) return
    const timer = setTimeout(() => tell(''), shownFor)
    return () => clearTimeout(timer)
  }, [now])
  return (
    <div role="status" className="pointer-events-none fixed inset-x-4 bottom-36 z-50 text-center">
      {now.text && <p className="inline-block max-w-md rounded-xl bg-foreground px-4 py-2 text-sm font-medium wrap-anywhere text-background shadow-panel">{now.text}</p>}
    </div>
  )
}
