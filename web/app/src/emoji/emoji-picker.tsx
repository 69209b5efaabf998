import { cn } from '@parley/ui'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Virtualizer } from 'virtua'
import { useStore } from 'zustand'
import { emojiIn, find, type Emoji } from './emoji.ts'
import { spoken } from '../lib/language.ts'
import { m } from '../lib/messages.ts'

const perLine = 8

/** All emoji with search. The tone is that of skin, from 1 to 5; 0 is none. */
export default function EmojiPicker({ tone = 0, onPick }: { tone?: number | undefined; onPick(emoji: string): void }) {
  const [query, setQuery] = useState('')
  const scroller = useRef<HTMLDivElement>(null)
  const language = useStore(spoken, (s) => s.language)
  // Not by use(): who opens it again asks again, while a boundary would keep what was refused.
  const [all, setAll] = useState<Emoji[]>([])
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    let wanted = true
    emojiIn(language).then((emoji) => wanted && setAll(emoji), () => wanted && setFailed(true))
    return () => void (wanted = false)
  }, [language])
  const lines = useMemo(() => {
    const found = find(all, query)
    return Array.from({ length: Math.ceil(found.length / perLine) }, (_, i) => found.slice(i * perLine, (i + 1) * perLine))
  }, [all, query])
  const here = useRef(false)
  useEffect(() => {
    here.current = true
    return () => void (here.current = false)
  }, [])
  // Who types faster than the names come gets what he asked for, too.
  const takeFirst = () => void emojiIn(language).then((emoji) => {
    const [first] = find(emoji, query)
    if (first && here.current) onPick(shown(first))
  }, () => undefined)
  const shown = (e: Emoji) => (tone > 0 ? (e.tones[tone - 1] ?? e.unicode) : e.unicode)
  return (
    <div className="flex h-full flex-col">
      <input
        autoFocus value={query} onChange={(e) => setQuery(e.target.value)} placeholder={m.search_emoji()} aria-label={m.search_emoji()}
        onKeyDown={(event) => event.key === 'Enter' && takeFirst()}
        className="m-2 h-9 rounded-lg border border-input bg-background px-3 text-sm outline-none focus:border-ring"
      />
      <div ref={scroller} className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pb-2" tabIndex={-1}>
        <Virtualizer scrollRef={scroller}>
          {lines.map((line) => (
            <div key={line[0]!.unicode} className="grid grid-cols-8">
              {line.map((e) => (
                <button key={e.unicode} type="button" title={e.label} aria-label={e.label} onClick={() => onPick(shown(e))} className={cn('grid size-9 place-items-center rounded-md text-xl hover:bg-muted')}>
                  {shown(e)}
                </button>
              ))}
            </div>
          ))}
        </Virtualizer>
        {failed && <p role="alert" className="p-4 text-center text-sm text-danger-strong">{m.unreachable()}</p>}
        {all.length > 0 && lines.length === 0 && <p className="p-4 text-center text-sm text-muted-foreground">{m.nothing_found()}</p>}
      </div>
    </div>
  )
}
