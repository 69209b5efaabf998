import type { PresenceStatus } from '@parley/sdk'
import { Avatar, cn, Mark, Tip } from '@parley/ui'
import { Bookmark, Compass, DoorOpen, Inbox, Keyboard, MessagesSquare, Search, Settings, Shield, User } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useStore } from 'zustand'
import { jumpKey } from '../lib/keys.ts'
import { useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { dialogs, openDialog } from './dialogs.ts'
import { listView, showPart } from './list-view.ts'
import { dotOf } from './people.ts'

function useUnread(): number {
  return useLive((s) => {
    let n = 0
    for (const c of s.conversations.values()) if (c.unreadCount > 0 && !c.isMuted && !c.isArchived) n++
    return n
  })
}

function Item({ icon, label, kbd, active, badge, onClick }: { icon: ReactNode; label: string; kbd?: string; active?: boolean; badge?: number; onClick?(): void }) {
  return (
    <Tip label={label} kbd={kbd} side="right">
      <button
        type="button" onClick={onClick} aria-label={badge ? m.rail_unread({ label, n: badge }) : label} aria-current={active ? 'page' : undefined}
        className={cn('relative grid size-10 place-items-center rounded-xl text-rail-muted transition-colors hover:bg-white/8 hover:text-rail-foreground focus-visible:outline-white [&_svg]:size-5', active && 'bg-white/14 text-rail-foreground')}
      >
        {icon}
        {badge ? <span className="absolute -top-0.5 -end-0.5 grid h-4 min-w-4 place-items-center rounded-full bg-[oklch(0.68_0.17_33)] px-1 text-[11px] leading-none font-bold text-[oklch(0.16_0.03_30)] ring-2 ring-rail">{badge}</span> : null}
      </button>
    </Tip>
  )
}

export function Rail() {
  const [at, go] = useLocation()
  const inRooms = at.startsWith('/rooms')
  const me = useLive((s) => s.me)
  const unread = useUnread()
  return (
    <nav aria-label={m.main_navigation()} data-region="rail" className="flex w-14 shrink-0 flex-col items-center gap-1.5 bg-rail py-3 max-md:hidden">
      <span className="mb-2"><Mark size={40} /></span>
      <Item icon={<MessagesSquare strokeWidth={1.9} />} label={m.messages()} active={!inRooms} badge={unread} onClick={() => inRooms && go('/chat')} />
      <Item icon={<DoorOpen strokeWidth={1.9} />} label={m.rooms()} active={inRooms} onClick={() => go('/rooms')} />
      <Item icon={<Search strokeWidth={1.9} />} label={m.search_or_jump()} kbd={jumpKey} onClick={() => openDialog('jump')} />
      <Item icon={<Compass strokeWidth={1.9} />} label={m.directory()} onClick={() => openDialog('directory')} />
      <Item icon={<Bookmark strokeWidth={1.9} />} label={m.bookmarks()} onClick={() => openDialog('bookmarks')} />
      <div className="flex-1" />
      {me.roles.includes('admin') && <Item icon={<Shield strokeWidth={1.9} />} label={m.administration()} onClick={() => go('/admin')} />}
      <Item icon={<Keyboard strokeWidth={1.9} />} label={m.keyboard()} kbd="?" onClick={() => openDialog('keys')} />
      <Item icon={<Settings strokeWidth={1.9} />} label={m.settings()} onClick={() => openDialog('settings')} />
      <button type="button" onClick={() => openDialog('settings')} aria-label={m.your_profile({ name: me.displayName })} className="mt-1.5 rounded-full [--av-ring:var(--rail)]">
        <Avatar name={me.displayName} src={me.avatarUrl} size={34} presence={dotOf(me.presence.status as PresenceStatus)} />
      </button>
    </nav>
  )
}

/** The same on a phone. */
export function BottomTabs({ hidden }: { hidden: boolean }) {
  const [at, go] = useLocation()
  const inRooms = at.startsWith('/rooms')
  const unread = useUnread()
  const inbox = useStore(listView, (s) => s.filter === 'unread')
  const dialog = useStore(dialogs, (s) => s.open)
  const show = (part: 'all' | 'unread') => {
    if (inRooms) go('/chat')
    showPart(part)
  }
  const tabs: { icon: ReactNode; label: string; on: boolean; badge: number; open(): void }[] = [
    { icon: <MessagesSquare />, label: m.chats(), on: !inRooms && !inbox && dialog !== 'settings', badge: 0, open: () => show('all') },
    { icon: <Inbox />, label: m.inbox(), on: !inRooms && inbox && dialog !== 'settings', badge: unread, open: () => show('unread') },
    { icon: <DoorOpen />, label: m.rooms(), on: inRooms && dialog !== 'settings', badge: 0, open: () => go('/rooms') },
    { icon: <User />, label: m.you(), on: dialog === 'settings', badge: 0, open: () => openDialog('settings') },
  ]
  return (
    <nav aria-label={m.main_navigation()} className={cn('flex border-t bg-sidebar pb-[env(safe-area-inset-bottom)] md:hidden', hidden && 'hidden')}>
      {tabs.map(({ icon, label, on, badge, open }) => (
        <button key={label} type="button" onClick={open} aria-label={badge > 0 ? m.rail_unread({ label, n: badge }) : label} aria-current={on ? 'page' : undefined} className={cn('relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-2xs font-medium text-muted-foreground [&_svg]:size-5', on && 'font-semibold text-primary')}>
          {icon}
          {label}
          {badge > 0 && <span className="absolute top-1.5 start-1/2 ms-2 grid h-4 min-w-4 place-items-center rounded-full bg-primary px-1 text-[11px] leading-none font-bold text-primary-foreground">{badge}</span>}
        </button>
      ))}
    </nav>
  )
}
