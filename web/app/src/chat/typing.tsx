import { Fragment } from 'react'
import { useEngine, useLive } from '../lib/use.ts'
import { bare } from '../lib/bidi.ts'
import { m } from '../lib/messages.ts'
import { TypingDots } from './sidebar.tsx'

const named = 3

/** Who is writing; the place for it is always there, so that nothing jumps. */
export function Typing({ conversationId }: { conversationId: number }) {
  const engine = useEngine()
  const typists = useLive((s) => s.typing.get(conversationId))
  const c = useLive((s) => s.conversations.get(conversationId))
  const names = [...(typists?.keys() ?? [])].filter((id) => id !== engine.me).map((id) => c?.participants.find((p) => p.userId === id)?.name ?? m.somebody()).map(bare)
  if (names.length === 0) return null
  const text = names.length === 1 ? m.typing_one({ a: names[0]! }) : names.length === 2 ? m.typing_two({ a: names[0]!, b: names[1]! }) : names.length === named ? m.typing_three({ a: names[0]!, b: names[1]!, c: names[2]! }) : m.typing_many({ n: names.length })
  return (
    <p className="flex items-center gap-2" data-typing role="status">
      <TypingDots large />
      <span className="truncate">{names.length > named ? text : emphasise(text, names)}</span>
    </p>
  )
}

/** The names stand out, wherever a language puts them. */
function emphasise(text: string, names: string[]) {
  const parts = []
  let rest = text
  for (const name of names) {
    const at = rest.indexOf(name)
    if (at < 0) continue
    parts.push(<Fragment key={name}>{rest.slice(0, at)}<b className="font-semibold"><bdi>{name}</bdi></b></Fragment>)
    rest = rest.slice(at + name.length)
  }
  return [...parts, rest]
}
