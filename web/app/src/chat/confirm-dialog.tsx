import { Button, Field, Sheet } from '@parley/ui'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { m } from '../lib/messages.ts'
import { asked } from './confirm.ts'

export default function ConfirmDialog() {
  const { question, answer } = useStore(asked)
  const [password, setPassword] = useState('')
  useEffect(() => setPassword(''), [question])
  if (!question) return null
  return (
    <Sheet alert open onOpenChange={(open) => !open && answer(false)} title={question.title} description={question.text} className="w-[min(26rem,calc(100vw-2rem))]">
      <form onSubmit={(event) => { event.preventDefault(); answer(true, password) }}>
        {question.password && <div className="px-5 pt-3"><Field label={m.password()} error={question.error} required type="password" autoComplete="current-password" autoFocus value={password} onChange={(event) => setPassword(event.target.value)} /></div>}
        <div className="flex justify-end gap-2 px-5 pt-3 pb-5 max-sm:flex-col-reverse">
          <Button variant="outline" className="max-sm:h-11" autoFocus={Boolean(question.grave && !question.password)} onClick={() => answer(false)}>{m.cancel()}</Button>
          <Button type="submit" variant={question.grave ? 'danger' : 'default'} className="max-sm:h-11" autoFocus={!question.grave}>{question.action}</Button>
        </div>
      </form>
    </Sheet>
  )
}
