import { newTempId, type Conversation } from '@parley/sdk'
import { Button, Field, Sheet, SwitchRow, inputClass } from '@parley/ui'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'

const most = 12

/** Asks the people of a conversation something. */
export default function NewPoll({ c, onClose }: { c: Conversation; onClose(): void }) {
  const { rest } = useEngine()
  const [tempId] = useState(newTempId)
  const [question, setQuestion] = useState('')
  const [options, setOptions] = useState(['', ''])
  const [multiple, setMultiple] = useState(false)
  const [anonymous, setAnonymous] = useState(false)
  const [endsAt, setEndsAt] = useState('')
  const [earliest] = useState(() => local(new Date()))
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const given = options.map((o) => o.trim()).filter(Boolean)
  const change = (i: number, text: string) => setOptions(options.map((o, at) => (at === i ? text : o)))
  async function send() {
    setBusy(true)
    const poll = { question: question.trim(), options: given, multiple, anonymous, ...(endsAt ? { endsAt: new Date(endsAt).toISOString() } : {}) }
    try {
      await rest.post('/api/chat/conversations/{id}/messages', { path: { id: c.id }, body: { poll, tempId } as never })
      onClose()
    } catch (problem) {
      setError(reason(problem))
      setBusy(false)
    }
  }
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={m.new_poll()}>
      <form className="scroll-thin min-h-0 space-y-3 overflow-y-auto px-5 pb-5" onSubmit={(event) => { event.preventDefault(); void send() }}>
        <Field autoFocus label={m.question()} value={question} maxLength={300} required onChange={(e) => setQuestion(e.target.value)} />
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{m.answers()}</legend>
          <ul className="space-y-1.5">
            {options.map((text, i) => (
              <li key={i} className="flex gap-1">
                <input aria-label={m.answer_n({ n: i + 1 })} placeholder={m.answer_n({ n: i + 1 })} value={text} maxLength={100} onChange={(e) => change(i, e.target.value)} className={inputClass} />
                {options.length > 2 && <Button variant="ghost" size="icon" aria-label={m.remove_answer({ n: i + 1 })} onClick={() => setOptions(options.filter((_, at) => at !== i))}><X /></Button>}
              </li>
            ))}
          </ul>
          {options.length < most && <Button variant="ghost" size="sm" className="mt-1" onClick={() => setOptions([...options, ''])}><Plus />{m.add_answer()}</Button>}
        </fieldset>
        <SwitchRow label={m.several_answers()} checked={multiple} onCheckedChange={setMultiple} />
        <SwitchRow label={m.anonymous()} hint={m.anonymous_hint()} checked={anonymous} onCheckedChange={setAnonymous} />
        <Field label={m.ends_at()} type="datetime-local" value={endsAt} min={earliest} onChange={(e) => setEndsAt(e.target.value)} />
        {error && <p role="alert" className="text-sm text-danger-strong">{error}</p>}
        <Button type="submit" className="w-full" disabled={busy || !question.trim() || new Set(given).size < 2}>{m.ask_poll()}</Button>
      </form>
    </Sheet>
  )
}

/** As fields for a date and a time have it. */
const local = (at: Date) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
