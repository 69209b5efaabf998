import type { Conversation, User } from '@parley/sdk'
import { Button, Choice, Field } from '@parley/ui'
import { Bookmark, Hash, Users } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { asForm, AvatarPicker } from './avatar-picker.tsx'
import { closeDialog, openDialog } from './dialogs.ts'
import { PeoplePicker } from './people-picker.tsx'

export function useOpen() {
  const engine = useEngine()
  const [, go] = useLocation()
  return (c: Conversation) => {
    if (!engine.state.conversations.has(c.id)) engine.putConversation(c)
    closeDialog()
    go(`/chat/${c.id}`)
  }
}

export function NewConversation({ kind }: { kind: 'new' | 'new-group' | 'new-channel' }) {
  const { rest, me } = useEngine()
  const open = useOpen()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [visibility, setVisibility] = useState<'PUBLIC' | 'PRIVATE'>('PUBLIC')
  const [who, setWho] = useState<'ALL' | 'ADMINS'>('ALL')
  const [picture, setPicture] = useState<{ file: Blob; url: string } | null>(null)
  const [error, setError] = useState('')
  const fail = (e: Error) => setError(reason(e))
  const direct = (userId: number) => void rest.post('/api/chat/conversations/direct/{userId}', { path: { userId } }).then((c) => open(c as Conversation), fail)
  async function create(people: User[]) {
    if (!name.trim()) {
      setError(m.name_missing())
      return
    }
    const avatarAttachmentId = picture ? (await rest.post('/api/chat/attachments', { body: asForm(picture.file) })).id : undefined
    const body = { name, avatarAttachmentId, description: description || undefined, participantIds: people.map((p) => p.id), ...(kind === 'new-channel' ? { type: 'CHANNEL', visibility, whoMayPost: who } : { type: 'GROUP' }) }
    open((await rest.post('/api/chat/conversations', { body: body as never })) as Conversation)
  }
  const problem = error && <p role="alert" className="mb-3 text-sm text-danger-strong">{error}</p>
  if (kind === 'new') {
    return (
      <>
        <div className="mb-3 grid grid-cols-3 gap-2">
          <Button variant="outline" className="h-auto flex-col py-3" onClick={() => openDialog('new-group')}><Users />{m.new_group()}</Button>
          <Button variant="outline" className="h-auto flex-col py-3" onClick={() => openDialog('new-channel')}><Hash />{m.new_channel()}</Button>
          <Button variant="outline" className="h-auto flex-col py-3" onClick={() => direct(me)}><Bookmark />{m.saved_messages()}</Button>
        </div>
        {problem}
        <PeoplePicker single action="" exclude={[me]} onDone={([person]) => person && direct(person.id)} />
      </>
    )
  }
  return (
    <div className="space-y-3">
      <div className="flex items-center gap-4">
        <AvatarPicker square name={name || '#'} src={picture?.url ?? null} onPick={async (file) => setPicture({ file, url: URL.createObjectURL(file) })} />
        <Field className="flex-1" label={m.name()} autoFocus required maxLength={100} value={name} onChange={(e) => { setName(e.target.value); setError('') }} error={error || undefined} />
      </div>
      <Field label={m.description()} maxLength={1000} value={description} onChange={(e) => setDescription(e.target.value)} />
      {kind === 'new-channel' && (
        <>
          <Choice<'PUBLIC' | 'PRIVATE'> label={m.visibility()} value={visibility} onChange={setVisibility} options={[{ value: 'PUBLIC', label: m.public_() }, { value: 'PRIVATE', label: m.private_() }]} />
          <Choice<'ALL' | 'ADMINS'> label={m.who_posts()} value={who} onChange={setWho} options={[{ value: 'ALL', label: m.everybody() }, { value: 'ADMINS', label: m.admins_only() }]} />
        </>
      )}
      <PeoplePicker optional action={kind === 'new-group' ? m.create_group() : m.create_channel()} exclude={[me]} onDone={(people) => void create(people).catch(fail)} />
    </div>
  )
}
