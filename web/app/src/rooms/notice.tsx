import { useSearch } from 'wouter'
import { rm } from './messages.ts'

/** Why somebody is here who wanted to be in a room. */
export function Notice({ className }: { className?: string }) {
  const told = noticeOf(new URLSearchParams(useSearch()))
  return told && <p role="alert" className={`${className ?? ''} rounded-2xl border border-note-border bg-note px-4 py-3 text-[15px] leading-6 text-note-foreground`}>{told}</p>
}

/** What the address says of it. */
export function noticeOf(search: URLSearchParams): string | null {
  if (search.get('error') === 'room-not-found') return rm.told_not_found()
  if (search.get('error') === 'room-full') return rm.told_full()
  if (search.get('expired') === 'true') return rm.told_expired()
  if (search.get('restarted') === 'true') return rm.told_restarted()
  if (search.get('destroyed') === 'true') return rm.told_destroyed()
  return null
}
