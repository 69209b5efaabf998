import type { Conversation, Participant } from '@parley/sdk'
import { Avatar, Button, Choice, Field, Menu, MenuContent, MenuItem, MenuTrigger, SearchField, SwitchRow } from '@parley/ui'
import { Ban, ChevronRight, CircleCheck, Hash, Lock, LogOut, MoreHorizontal, Trash2, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { backwards, usePages } from '../lib/remote.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { fold } from '../text/fold.ts'
import { asForm, AvatarPicker } from './avatar-picker.tsx'
import { setBlocked } from './blocking.ts'
import { ask } from './confirm.ts'
import { PeoplePicker } from './people-picker.tsx'
import { More } from './panel.tsx'
import { dotOf, isAdmin, may, otherOf } from './people.ts'
import { PresenceLine } from './presence-line.tsx'
import { useView } from './view.ts'

/** Members, settings and files of a conversation. */
export function Details({ c }: { c: Conversation }) {
  const engine = useEngine()
  const [, go] = useLocation()
  const [adding, setAdding] = useState(false)
  const [error, setError] = useState('')
  const group = c.type !== 'DIRECT'
  const admin = group && isAdmin(c)
  const other = otherOf(c, engine.me)
  const blocked = useLive((s) => other !== undefined && s.blocked.has(other.userId))
  const path = { id: c.id }
  const run = (work: Promise<unknown>) => void work.then(() => setError(''), (e: Error) => setError(reason(e)))
  const change = (body: object) => run(engine.rest.put('/api/chat/conversations/{id}', { path, body: body as never }).then((now) => engine.putConversation(now)))
  const leave = async (everybody: boolean) => {
    const question = everybody
      ? { title: m.confirm_delete_group({ name: c.name }), text: m.confirm_delete_group_text(), action: m.delete_for_everybody() }
      : group
        ? { title: m.confirm_leave({ name: c.name }), text: m.confirm_leave_text(), action: m.leave() }
        : { title: m.confirm_delete_chat(), text: m.confirm_delete_chat_text(), action: m.delete_chat() }
    if (!(await ask({ ...question, grave: true }))) return
    run(engine.rest.delete('/api/chat/conversations/{id}', { path, query: everybody ? { delete: true } : {} }).then(() => go('/chat')))
  }
  return (
    <div className="scroll-thin min-h-0 flex-1 overflow-y-auto px-4 pb-6">
      <div className="flex flex-col items-center gap-2 py-5 text-center">
        {admin ? <AvatarPicker name={c.name} src={c.avatarUrl} square onPick={async (file) => {
          const made = await engine.rest.post('/api/chat/attachments', { body: asForm(file) })
          change({ avatarAttachmentId: made.id })
        }} /> : <Avatar name={c.name} src={c.avatarUrl} size={72} square={group} />}
        <p className="text-lg font-bold tracking-tight"><bdi>{group || other ? c.name : m.saved_messages()}</bdi></p>
        {other && <p className="-mt-1 text-sm text-muted-foreground"><bdi dir="ltr">@{other.username}</bdi></p>}
        {other && <PresenceLine userId={other.userId} whole />}
        {c.type === 'CHANNEL' && <p className="text-sm text-balance text-muted-foreground [&_svg]:me-1 [&_svg]:inline [&_svg]:size-3.5 [&_svg]:align-[-0.1em]">{c.visibility === 'PUBLIC' ? <Hash /> : <Lock />}{c.visibility === 'PUBLIC' ? m.public_channel() : m.private_channel()}</p>}
        {c.description && <p className="text-sm text-muted-foreground"><bdi>{c.description}</bdi></p>}
      </div>
      {error && <p role="alert" className="mb-3 rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger-strong">{error}</p>}
      <Choice
        label={m.notifications()} value={c.notificationLevel as string} onChange={(level) => run(engine.rest.put('/api/chat/conversations/{id}/notifications', { path, body: { level: level as never } }).then((now) => engine.putConversation(now)))}
        options={[{ value: 'ALL', label: m.notify_all() }, { value: 'MENTIONS', label: m.mentions() }, { value: 'NOTHING', label: m.nothing() }]}
      />
      {group && (
        <section className="mt-4">
          <div className="flex items-center">
            <h3 className="text-xs font-semibold text-muted-foreground">{m.n_members({ n: c.participantCount })}</h3>
            {may(c, 'Invite') && <Button variant="ghost" size="sm" className="ms-auto" onClick={() => setAdding(!adding)}><UserPlus />{m.add_people()}</Button>}
          </div>
          {adding && (
            <PeoplePicker
              action={m.add_people()} exclude={c.participants.map((p) => p.userId)}
              onDone={(people) => {
                setAdding(false)
                run(engine.rest.post('/api/chat/conversations/{id}/participants', { path, body: { userIds: people.map((p) => p.id) } as never }))
              }}
            />
          )}
          <Members c={c} run={run} />
        </section>
      )}
      {admin && <GroupSettings c={c} change={change} />}
      <Gallery c={c} />
      <div className="mt-6 grid gap-2">
        {other && <Button variant="outline" onClick={() => run(setBlocked(engine, other, !blocked))}>{blocked ? <CircleCheck /> : <Ban />}{blocked ? m.unblock() : m.block()}</Button>}
        <Button variant="outline" onClick={() => void leave(false)}><LogOut className="rtl:-scale-x-100" />{group ? m.leave() : m.delete_chat()}</Button>
        {c.myRole === 'OWNER' && group && <Button variant="destructive" onClick={() => void leave(true)}><Trash2 />{m.delete_for_everybody()}</Button>}
      </div>
    </div>
  )
}

const membersAtOnce = 50

function Members({ c, run }: { c: Conversation; run(work: Promise<unknown>): void }) {
  const [query, setQuery] = useState('')
  const [shown, setShown] = useState(membersAtOnce)
  const words = fold(query.trim())
  const found = c.participants.filter((p) => fold(p.name).includes(words) || p.username?.includes(words))
  return (
    <>
      {c.participants.length > 12 && <SearchField value={query} onValue={setQuery} label={m.find_members()} className="mb-1" />}
      <ul aria-label={m.members()}>
        {found.slice(0, shown).map((p) => <Member key={p.userId} p={p} c={c} run={run} />)}
        <More more={found.length > shown ? () => setShown(shown + 100) : undefined} loading={false} />
      </ul>
    </>
  )
}

function Member({ p, c, run }: { p: Participant; c: Conversation; run(work: Promise<unknown>): void }) {
  const engine = useEngine()
  const [, go] = useLocation()
  const presence = useLive((s) => (p.userId === s.me.id ? s.me.presence : s.presence.get(p.userId)))
  const blocked = useLive((s) => s.blocked.has(p.userId))
  const path = { id: c.id, userId: p.userId }
  const role = { OWNER: m.owner(), ADMIN: m.admin(), MEMBER: '' }[p.role as 'OWNER' | 'ADMIN' | 'MEMBER']
  const setRole = (to: 'OWNER' | 'ADMIN' | 'MEMBER') => run(engine.rest.put('/api/chat/conversations/{id}/participants/{userId}/role', { path, body: { role: to } }))
  const mine = p.userId === engine.me
  const remove = async () => {
    if (await ask({ title: m.confirm_remove_member({ name: p.name }), text: m.confirm_remove_member_text(), action: m.remove(), grave: true })) run(engine.rest.delete('/api/chat/conversations/{id}/participants/{userId}', { path }))
  }
  const mayRemove = !mine && p.role !== 'OWNER' && (c.myRole === 'OWNER' || (c.myRole === 'ADMIN' && p.role === 'MEMBER'))
  return (
    <li data-member={p.userId} className="flex min-h-11 items-center gap-2.5 rounded-md">
      <Avatar name={p.name} src={p.avatarUrl} size={30} presence={dotOf(presence?.status ?? p.status ?? 'OFFLINE')} />
      <span className="min-w-0 flex-1 truncate text-sm font-medium"><bdi>{mine ? m.name_you({ name: p.name }) : p.name}</bdi></span>
      {role && <span className="rounded bg-muted px-1.5 text-2xs font-medium text-muted-foreground">{role}</span>}
      {!mine && (
        <Menu>
          <Button asChild variant="ghost" size="icon-sm"><MenuTrigger aria-label={m.actions_for({ name: p.name })}><MoreHorizontal /></MenuTrigger></Button>
          <MenuContent align="end">
            <MenuItem onSelect={() => run(engine.rest.post('/api/chat/conversations/direct/{userId}', { path: { userId: p.userId } }).then((d) => { engine.putConversation(d as Conversation); go(`/chat/${d.id}`) }))}>{m.message_person()}</MenuItem>
            {c.myRole === 'OWNER' && p.role === 'MEMBER' && <MenuItem onSelect={() => setRole('ADMIN')}>{m.make_admin()}</MenuItem>}
            {c.myRole === 'OWNER' && p.role === 'ADMIN' && <MenuItem onSelect={() => setRole('MEMBER')}>{m.make_member()}</MenuItem>}
            {c.myRole === 'OWNER' && <MenuItem onSelect={() => void ask({ title: m.confirm_hand_over({ name: p.name }), text: m.confirm_hand_over_text(), action: m.hand_over() }).then((yes) => yes && setRole('OWNER'))}>{m.hand_over()}</MenuItem>}
            <MenuItem onSelect={() => run(setBlocked(engine, p, !blocked))}>{blocked ? m.unblock() : m.block()}</MenuItem>
            {mayRemove && <MenuItem destructive onSelect={() => void remove()}>{m.remove()}</MenuItem>}
          </MenuContent>
        </Menu>
      )}
    </li>
  )
}

function GroupSettings({ c, change }: { c: Conversation; change(body: object): void }) {
  const [name, setName] = useState(c.name)
  const [description, setDescription] = useState(c.description ?? '')
  const admins = (key: 'whoMayPost' | 'whoMayInvite' | 'whoMayReact' | 'whoMayReply' | 'whoMayUpload', label: string) => (
    <SwitchRow label={label} checked={c[key] === 'ADMINS'} onCheckedChange={(on) => change({ [key]: on ? 'ADMINS' : 'ALL' })} />
  )
  return (
    <details className="group/settings mt-4 rounded-lg border px-3">
      <summary className="flex cursor-pointer items-center gap-1.5 py-2.5 text-sm font-medium"><ChevronRight className="size-4 text-muted-foreground transition-transform group-open/settings:rotate-90 rtl:-scale-x-100" />{m.group_settings()}</summary>
      <form className="space-y-3 pb-2" onSubmit={(event) => { event.preventDefault(); change({ name, description: description || null }) }}>
        <Field label={m.name()} value={name} maxLength={100} required onChange={(e) => setName(e.target.value)} />
        <Field label={m.description()} value={description} maxLength={1000} onChange={(e) => setDescription(e.target.value)} />
        <Button type="submit" size="sm" disabled={name === c.name && description === (c.description ?? '')}>{m.save()}</Button>
      </form>
      {c.type === 'CHANNEL' && <Choice label={m.visibility()} value={c.visibility as string} onChange={(visibility) => change({ visibility })} options={[{ value: 'PUBLIC', label: m.public_() }, { value: 'PRIVATE', label: m.private_() }]} />}
      {admins('whoMayPost', m.only_admins_post_setting())}
      {admins('whoMayInvite', m.only_admins_invite())}
      {admins('whoMayReact', m.only_admins_react())}
      {admins('whoMayReply', m.only_admins_reply())}
      {admins('whoMayUpload', m.only_admins_upload())}
      <label className="flex items-center gap-3 py-2 text-sm font-medium">
        <span className="flex-1">{m.slow_mode()}</span>
        <select value={c.slowModeSeconds} onChange={(e) => change({ slowModeSeconds: Number(e.target.value) })} className="h-9 rounded-md border border-input bg-background px-2">
          {[...new Set([0, 5, 10, 30, 60, 300, c.slowModeSeconds])].sort((a, b) => a - b).map((s) => <option key={s} value={s}>{s === 0 ? m.off() : m.n_seconds({ n: s })}</option>)}
        </select>
      </label>
    </details>
  )
}

function Gallery({ c }: { c: Conversation }) {
  const { rest } = useEngine()
  const view = useView()
  const { items, more, loading } = usePages(['gallery', c.id, c.lastMessage?.id], async (before, signal) =>
    backwards(await rest.list('/api/chat/conversations/{id}/attachments', { path: { id: c.id }, query: { limit: 30, ...(before ? { before } : {}) }, signal })))
  const files = (items ?? []).flatMap((message) => message.attachments.map((a) => ({ a, message })))
  if (files.length === 0) return null
  return (
    <section className="mt-4">
      <h3 className="mb-2 text-xs font-semibold text-muted-foreground">{m.media()}</h3>
      <div className="grid grid-cols-3 gap-1">
        {files.filter((f) => f.a.thumbnailUrl).map(({ a, message }) => (
          <button key={a.id} type="button" aria-label={m.view_image({ name: a.fileName })} onClick={() => view.openImage(message as never, a.id)} className="aspect-square overflow-hidden rounded-md bg-muted"><img src={a.thumbnailUrl!} alt="" loading="lazy" className="size-full object-cover" /></button>
        ))}
      </div>
      <ul className="mt-2">{files.filter((f) => !f.a.thumbnailUrl).map(({ a }) => <li key={a.id}><a href={a.url} download={a.fileName} className="block truncate py-1.5 text-sm text-primary underline underline-offset-2"><bdi>{a.fileName}</bdi></a></li>)}<More more={more} loading={loading} /></ul>
    </section>
  )
}
