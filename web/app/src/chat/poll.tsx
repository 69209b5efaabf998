import type { Conversation, Message } from '@parley/sdk'
import { Button, cn } from '@parley/ui'
import { Check } from 'lucide-react'
import { Fragment, useState, type KeyboardEvent } from 'react'
import { useRemote } from '../lib/remote.ts'
import { fullTime } from '../lib/time.ts'
import { useEngine, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { isAdmin } from './people.ts'

/** A question with its answers: to vote in, and to see how it stands. */
export default function Poll({ message, c, own }: { message: Message; c: Conversation; own: boolean }) {
  const engine = useEngine()
  const poll = message.poll!
  const now = useNow()
  const [error, setError] = useState('')
  const [who, setWho] = useState(false)
  const over = poll.closedAt !== null || (poll.endsAt !== null && Date.parse(poll.endsAt) <= now)
  const mine = new Set(message.myVotes)
  const path = { id: message.id }
  const run = (work: Promise<unknown>) => void work.then(() => setError(''), (e: Error) => setError(reason(e)))
  const vote = (option: number) => {
    const next = new Set(poll.multiple ? mine : [])
    if (mine.has(option)) next.delete(option)
    else next.add(option)
    run(engine.rest.put('/api/chat/messages/{id}/poll/vote', { path, body: { options: [...next] } as never }).then((voted) => engine.putMessage(voted as Message)))
  }
  return (
    <section aria-label={m.poll_about({ question: poll.question })} className="my-1 w-80 max-w-full">
      <p className="font-semibold"><bdi>{poll.question}</bdi></p>
      <p className="mb-1.5 text-2xs opacity-85">{[poll.multiple ? m.several_answers() : m.one_answer(), poll.anonymous ? m.anonymous() : null, over ? m.poll_over() : poll.endsAt ? m.until_when({ when: fullTime(poll.endsAt) }) : null].filter(Boolean).join(' · ')}</p>
      <div role={poll.multiple ? 'group' : 'radiogroup'} aria-label={poll.question} className="space-y-1">
        {poll.options.map((o, i) => {
          const part = poll.voterCount > 0 ? o.votes / poll.voterCount : 0
          return (
            <button
              key={o.id} tabIndex={poll.multiple || (mine.size > 0 ? mine.has(o.id) : i === 0) ? 0 : -1}
              type="button" role={poll.multiple ? 'checkbox' : 'radio'} aria-checked={mine.has(o.id)} disabled={over} onClick={() => vote(o.id)} onKeyDown={poll.multiple ? undefined : goOn}
              aria-label={m.option_with_votes({ text: o.text, n: o.votes })}
              className="relative flex min-h-11 w-full items-center gap-2 overflow-hidden rounded-lg border border-current/25 px-3 text-start text-sm disabled:cursor-default"
            >
              <span aria-hidden className={cn('absolute inset-y-0 start-0 rounded-e-sm bg-current opacity-12', mine.has(o.id) && 'opacity-20')} style={{ width: `${part * 100}%` }} />
              <span aria-hidden className={cn('grid size-4 shrink-0 place-items-center border border-current', poll.multiple ? 'rounded' : 'rounded-full')}>{mine.has(o.id) && <Check className="size-3" strokeWidth={3} />}</span>
              <span className="min-w-0 flex-1 break-words"><bdi>{o.text}</bdi></span>
              <span className="text-xs tabular-nums">{Math.round(part * 100)} %</span>
            </button>
          )
        })}
      </div>
      {error && <p role="alert" className={cn('mt-1 text-xs', !own && 'text-danger-strong')}>{error}</p>}
      <div className="mt-1 flex flex-wrap items-center gap-2 text-xs">
        <span className="tabular-nums">{m.n_voted({ n: poll.voterCount })}</span>
        {!poll.anonymous && poll.voterCount > 0 && <button type="button" aria-expanded={who} className="underline underline-offset-2 pointer-coarse:min-h-11" onClick={() => setWho(!who)}>{m.who_voted()}</button>}
        {!over && (message.senderId === engine.me || isAdmin(c)) && <Button variant="ghost" size="sm" className="ms-auto text-inherit" onClick={() => run(engine.rest.put('/api/chat/messages/{id}/poll/close', { path }).then((closed) => engine.putMessage(closed as Message)))}>{m.end_poll()}</Button>}
      </div>
      {who && <Voters message={message} />}
    </section>
  )
}

/** Among the choices of which one is possible the arrows go; to vote takes one key more. */
function goOn(event: KeyboardEvent<HTMLButtonElement>): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
  if (!step) return
  event.preventDefault()
  event.stopPropagation() // of the messages around it
  const all = [...event.currentTarget.parentElement!.querySelectorAll<HTMLElement>('[role=radio]')]
  all.at((all.indexOf(event.currentTarget) + step) % all.length)?.focus()
}

function Voters({ message }: { message: Message }) {
  const { rest } = useEngine()
  const poll = message.poll!
  const { data, error } = useRemote(['voters', message.id, poll.options.map((o) => o.votes).join()], () => rest.get('/api/chat/messages/{id}/poll/voters', { path: { id: message.id } }))
  if (error) return <p role="alert" className="text-xs">{reason(error)}</p>
  return (
    <dl className="mt-1 space-y-1 text-xs">
      {poll.options.filter((o) => o.votes > 0).map((o) => (
        <div key={o.id}>
          <dt className="font-semibold"><bdi>{o.text}</bdi></dt>
          <dd>{(data ?? []).filter((v) => v.options.includes(o.id)).map((v, i) => <Fragment key={v.userId}>{i > 0 && ', '}<bdi>{v.userName}</bdi></Fragment>)}</dd>
        </div>
      ))}
    </dl>
  )
}
