import { Button, cn } from '@parley/ui'
import { Paperclip, SendHorizontal, Smile } from 'lucide-react'
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react'
import { useStore } from 'zustand'
import { EmojiButton } from '../emoji/emoji-button.tsx'
import { m } from '../lib/messages.ts'
import { rm } from './messages.ts'
import { mostPicked, PickedFiles, prepare, type Picked } from './picked.tsx'
import type { Talk } from './talk.ts'
import { span } from './time.ts'

const longest = 10_000 // code points, as the server counts

export function Composer({ talk }: { talk: Talk }) {
  const peer = useStore(talk.store, (s) => s.peer)
  const info = useStore(talk.store, (s) => s.info)
  const [text, setText] = useState('')
  const [picked, setPicked] = useState<readonly Picked[]>([])
  const [trouble, setTrouble] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const files = useRef<HTMLInputElement>(null)

  useEffect(() => {
    // Whoever has just come in can write at once; on a phone that would bring the keyboard up.
    if (peer && document.activeElement === document.body && matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [peer])

  const send = () => {
    const said = text.trim()
    field.current?.focus()
    if (!said && picked.length === 0) return
    if ([...said].length > longest) return setTrouble(rm.too_long())
    for (const { file, blob } of picked) talk.attach(file, blob)
    if (said) talk.say(said)
    setPicked([])
    setText('')
    setTrouble('')
  }
  const insert = (emoji: string) => {
    const at = field.current
    at?.setRangeText(emoji, at.selectionStart, at.selectionEnd, 'end')
    setText(at?.value ?? text + emoji)
    requestAnimationFrame(() => at?.focus()) // after the popover has given the focus back
    talk.type()
  }
  const takesFiles = info?.files !== false
  const pick = async (files: File[]) => {
    const prepared = await Promise.all(files.slice(0, mostPicked).map(prepare))
    const fit = prepared.filter((one) => typeof one !== 'string')
    const wrong = prepared.find((one) => typeof one === 'string')
    setPicked((before) => [...before, ...fit].slice(0, mostPicked))
    setTrouble(wrong ?? (picked.length + files.length > mostPicked ? m.at_most_files({ n: mostPicked }) : ''))
    field.current?.focus()
  }
  const onKey = (event: KeyboardEvent) => {
    // On a phone Enter is a new line, and the button sends.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || matchMedia('(pointer: coarse)').matches) return
    event.preventDefault()
    send()
  }
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return
    event.preventDefault()
    if (!takesFiles) return setTrouble(rm.files_off())
    void pick([...event.clipboardData.files])
  }
  return (
    <form
      autoComplete="off" className="mx-auto w-full max-w-[760px] shrink-0 px-4 pb-[max(.75rem,env(safe-area-inset-bottom))] max-md:px-3"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {trouble && <p role="alert" className="mb-1.5 px-2 text-[13px] text-danger-strong">{trouble}</p>}
      <PickedFiles picked={picked} onRemove={(one) => setPicked(picked.filter((p) => p !== one))} />
      <div className={cn('flex items-end gap-0.5 rounded-2xl border border-input bg-card p-1.5', peer && 'focus-within:border-ring focus-within:ring-3 focus-within:ring-ring/15')}>
        {takesFiles && <input
          ref={files} type="file" multiple hidden aria-label={rm.attach()}
          onChange={({ currentTarget: input }) => {
            void pick([...(input.files ?? [])])
            input.value = ''
          }}
        />}
        {takesFiles && <Button variant="ghost" size="icon" aria-label={rm.attach()} className="size-10 max-md:size-11" disabled={!peer} onClick={() => files.current?.click()}><Paperclip className="size-[18px]" /></Button>}
        <EmojiButton icon={Smile} label={m.emoji()} className="size-10 max-md:size-11" disabled={!peer} onPick={insert} />
        <textarea
          ref={field} rows={1} dir="auto" disabled={!peer} value={text} aria-label={rm.message()} placeholder={peer ? rm.write_message() : rm.write_when_both()} enterKeyHint="enter"
          onChange={(event) => {
            setText(event.target.value)
            if (event.target.value.trim()) talk.type()
          }}
          onKeyDown={onKey} onPaste={onPaste}
          className="block max-h-40 min-h-10 min-w-0 flex-1 resize-none field-sizing-content bg-transparent px-1 py-[9px] text-msg outline-none scroll-thin placeholder:text-muted-foreground max-md:min-h-11 max-md:py-[11px] max-md:text-base"
        />
        <Button type="submit" size="icon" aria-label={m.send()} disabled={!peer} className="size-10 rounded-xl max-md:size-11"><SendHorizontal className="rtl:-scale-x-100" /></Button>
      </div>
      <p className="mt-1.5 text-center text-2xs text-muted-foreground">
        {!peer ? rm.nobody_comes() : info?.mode === 'fixed' ? rm.messages_do_not_extend() : rm.message_extends({ span: span(info?.ttl ?? 600) })}
      </p>
    </form>
  )
}
