import type { Conversation } from '@parley/sdk'
import { Avatar, cn } from '@parley/ui'
import { useEffect, useId, useState, type KeyboardEvent, type RefObject } from 'react'
import { spoken } from '../lib/language.ts'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { fold } from '../text/fold.ts'

interface Item {
  key: string
  label: string
  hint: string
  insert: string
  emoji?: string
  avatarUrl?: string | null
}

/** Completes @names of the members and :names: of emoji while one writes. */
export function useCompletion(c: Conversation, text: string, area: RefObject<HTMLTextAreaElement | null>, setText: (text: string) => void) {
  const { me } = useEngine()
  const [caret, setCaret] = useState(0)
  const [items, setItems] = useState<Item[]>([])
  const [selected, setSelected] = useState(0)
  const match = /(?:^|\s)([@:])([\p{L}\p{N}._+-]*)$/u.exec(text.slice(0, caret))
  const kind = match?.[1]
  const word = match?.[2] ?? ''
  const active = (kind === '@' && c.type !== 'DIRECT') || (kind === ':' && word.length >= 2)

  useEffect(() => {
    if (!active) {
      setItems([])
      return
    }
    let current = true
    const take = (found: Item[]) => {
      if (!current) return
      setItems(found)
      setSelected(0)
    }
    if (kind === ':') void emoji(word).then(take)
    else take(mentionable(c, word, me))
    return () => {
      current = false
    }
  }, [active, kind, word, c.participants, me])

  const choose = (index: number) => {
    const item = items[index]
    const at = area.current
    if (!item || !at) return
    const start = caret - word.length - 1
    const next = text.slice(0, start) + item.insert + text.slice(caret)
    setText(next)
    setItems([])
    requestAnimationFrame(() => {
      at.setSelectionRange(start + item.insert.length, start + item.insert.length)
      setCaret(start + item.insert.length)
    })
  }

  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (items.length === 0) return false
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setSelected((s) => (s + (event.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length)
    } else if (event.key === 'Enter' || event.key === 'Tab') {
      choose(selected)
    } else if (event.key === 'Escape') {
      setItems([])
    } else {
      return false
    }
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  const id = useId()
  const open = items.length > 0
  const look = () => setCaret(area.current?.selectionStart ?? 0)
  const field = {
    onSelect: look,
    onInput: look, // with the text: a selection is told of later, and not always
    ...(open ? { role: 'combobox', 'aria-expanded': true, 'aria-controls': id, 'aria-activedescendant': `${id}-${selected}` } : {}),
  }
  return { id, items, selected, choose, onKeyDown, field }
}

/** What may be meant, above the field in which it is written. */
export function Completions({ completion: { id, items, selected, choose }, className }: { completion: ReturnType<typeof useCompletion>; className?: string }) {
  if (items.length === 0) return null
  return (
    <ul role="listbox" id={id} aria-label={m.suggestions()} className={cn('absolute bottom-full z-20 mb-1 max-h-64 overflow-y-auto rounded-lg border bg-popover p-1 shadow-pop', className)}>
      {items.map((item, i) => (
        <li key={item.key} role="option" id={`${id}-${i}`} aria-selected={i === selected} onMouseDown={(e) => { e.preventDefault(); choose(i) }} className={cn('flex cursor-pointer items-center gap-2.5 rounded-md px-2 py-1.5 text-sm', i === selected && 'bg-muted')}>
          {item.emoji ? <span className="text-lg">{item.emoji}</span> : <Avatar name={item.label} src={item.avatarUrl} size={24} />}
          <span className="truncate font-medium"><bdi>{item.label}</bdi></span>
          <span className="text-muted-foreground"><bdi>{item.hint}</bdi></span>
        </li>
      ))}
    </ul>
  )
}

async function emoji(word: string): Promise<Item[]> {
  const { emojiIn, complete } = await import('../emoji/emoji.ts')
  const found = complete(await emojiIn(spoken.getState().language), word).slice(0, 8)
  return found.map((e) => ({ key: e.unicode, label: e.label, hint: '', insert: `${e.unicode} `, emoji: e.unicode }))
}

function mentionable(c: Conversation, word: string, me: number): Item[] {
  const begins = (text: string) => fold(text).startsWith(fold(word))
  const people = c.participants.filter((p) => p.userId !== me && (begins(p.username) || p.name.split(/\s+/).some(begins))).slice(0, 7)
  const all: Item[] = 'all'.startsWith(word.toLowerCase()) ? [{ key: 'all', label: '@all', hint: m.everybody_here({ n: c.participantCount }), insert: '@all ' }] : []
  return [...people.map((p) => ({ key: String(p.userId), label: p.name, hint: `@${p.username}`, insert: `@${p.username} `, avatarUrl: p.avatarUrl })), ...all]
}
