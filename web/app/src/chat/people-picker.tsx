import type { User } from '@parley/sdk'
import { Avatar, Button, SearchField } from '@parley/ui'
import { Check, X } from 'lucide-react'
import { useState } from 'react'
import { useRemote } from '../lib/remote.ts'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { useDelayed } from './panel.tsx'

interface PickerProps {
  action: string
  exclude?: number[]
  /** One person at once, instead of several. */
  single?: boolean
  optional?: boolean
  onDone(people: User[]): void
}

export function PeoplePicker({ action, exclude = [], single, optional, onDone }: PickerProps) {
  const { rest } = useEngine()
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState<User[]>([])
  const words = useDelayed(query.trim(), 150)
  const { data, error } = useRemote(['people', words], () => rest.get('/api/users', { query: { query: words, limit: 30 } }))
  const found = (data ?? []).filter((u) => !exclude.includes(u.id))
  const toggle = (u: User) => {
    if (single) onDone([u])
    else setChosen((was) => (was.some((x) => x.id === u.id) ? was.filter((x) => x.id !== u.id) : [...was, u]))
  }
  return (
    <div>
      {chosen.length > 0 && (
        <ul className="mb-2 flex flex-wrap gap-1">
          {chosen.map((u) => (
            <li key={u.id} className="flex items-center gap-1 rounded-full bg-primary-soft py-0.5 pe-1 ps-2.5 text-xs font-medium text-primary-soft-foreground">
              <bdi>{u.displayName}</bdi>
              <button type="button" aria-label={m.remove_person({ name: u.displayName })} onClick={() => toggle(u)} className="grid size-5 place-items-center"><X className="size-3" /></button>
            </li>
          ))}
        </ul>
      )}
      <SearchField autoFocus value={query} onValue={setQuery} label={m.find_people()} />
      {error && <p role="alert" className="mt-2 text-sm text-danger-strong">{reason(error)}</p>}
      <ul className="scroll-thin mt-2 max-h-64 overflow-y-auto" aria-label={m.people()}>
        {found.map((u) => (
          <li key={u.id}>
            <button type="button" onClick={() => toggle(u)} aria-pressed={single ? undefined : chosen.some((x) => x.id === u.id)} className="flex min-h-11 w-full items-center gap-3 rounded-md px-2 text-start hover:bg-muted">
              <Avatar name={u.displayName} src={u.avatarUrl} size={32} />
              <span className="min-w-0 flex-1 leading-tight"><b className="block truncate text-sm font-medium"><bdi>{u.displayName}</bdi></b><span className="text-xs text-muted-foreground"><bdi dir="ltr">@{u.username}</bdi></span></span>
              {chosen.some((x) => x.id === u.id) && <Check className="size-4 text-primary" />}
            </button>
          </li>
        ))}
        {words && data && found.length === 0 && <li className="p-3 text-sm text-muted-foreground">{m.nobody_found()}</li>}
      </ul>
      {!single && <Button className="mt-3 w-full" disabled={chosen.length === 0 && !optional} onClick={() => onDone(chosen)}>{action}</Button>}
    </div>
  )
}
