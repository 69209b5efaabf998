import { Avatar, inputClass } from '@parley/ui'
import { useEffect, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { handed, takeShared, type Shared } from '../lib/shared.ts'
import { useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { fold } from '../text/fold.ts'
import { closeDialog } from './dialogs.ts'
import { mayPost, sortConversations } from './people.ts'

/** Chooses the conversation for what another app has shared. */
export default function Share() {
  const [, go] = useLocation()
  const conversations = useLive((s) => s.conversations)
  const [what, setWhat] = useState<Shared | null>(null)
  const [query, setQuery] = useState('')
  useEffect(() => {
    void takeShared().then((taken) => (taken ? setWhat(taken) : closeDialog()))
  }, [])
  const all = useMemo(() => sortConversations(conversations).filter((c) => mayPost(c) && fold(c.name).includes(fold(query))).slice(0, 50), [conversations, query])
  if (!what) return null
  return (
    <>
      <p className="mb-2 line-clamp-2 text-sm text-muted-foreground"><bdi>{what.text || what.files.map((f) => f.name).join(', ')}</bdi></p>
      <input autoFocus value={query} onChange={(e) => setQuery(e.target.value)} aria-label={m.filter()} placeholder={m.filter()} className={inputClass} />
      <ul className="scroll-thin mt-2 max-h-72 overflow-y-auto">
        {all.map((c) => (
          <li key={c.id}>
            <button
              type="button" className="flex min-h-11 w-full items-center gap-3 rounded-md px-2 text-start text-sm font-medium hover:bg-muted"
              onClick={() => {
                handed.setState({ to: c.id, what }, true)
                closeDialog()
                go(`/chat/${c.id}`)
              }}
            >
              <Avatar name={c.name} src={c.avatarUrl} size={28} square={c.type !== 'DIRECT'} />
              <bdi>{c.name}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
