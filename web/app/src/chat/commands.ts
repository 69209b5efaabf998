import type { Settings } from '@parley/sdk'
import { Bell, BellOff, Bookmark, CheckCheck, Contrast, Hash, Keyboard, LogOut, MessageSquareReply, Moon, PenSquare, Settings as Gear, Shield, Sun, SunMoon, Users, type LucideIcon } from 'lucide-react'
import { signOut } from '../lib/session.ts'
import { m } from '../lib/messages.ts'
import type { Engine } from '../store/engine.ts'
import { openDialog } from './dialogs.ts'

export interface Command {
  key: string
  label: string
  icon: LucideIcon
  run(): void
}

/** What can be done from everywhere, in one's own language. */
export function commands(engine: Engine, go: (path: string) => void): Command[] {
  const put = (change: Partial<Settings>) => {
    engine.store.setState((s) => ({ me: { ...s.me, settings: { ...s.me.settings, ...change } } }))
    void engine.rest.put('/api/users/me/settings', { body: change as never }).catch(() => undefined)
  }
  const dialog = (name: Parameters<typeof openDialog>[0]) => () => openDialog(name)
  const theme = (to: Settings['theme'], label: string, icon: LucideIcon): Command => ({ key: `theme-${to}`, label: m.theme_is({ name: label }), icon, run: () => put({ theme: to }) })
  const available = (status: string) => void engine.rest.put('/api/chat/presence/status', { body: { status } as never }).catch(() => undefined)
  return [
    { key: 'new', label: m.new_message(), icon: PenSquare, run: dialog('new') },
    { key: 'new-group', label: m.new_group(), icon: Users, run: dialog('new-group') },
    { key: 'new-channel', label: m.new_channel(), icon: Hash, run: dialog('new-channel') },
    { key: 'directory', label: m.directory(), icon: Hash, run: dialog('directory') },
    { key: 'threads', label: m.threads(), icon: MessageSquareReply, run: dialog('threads') },
    { key: 'saved', label: m.bookmarks(), icon: Bookmark, run: dialog('bookmarks') },
    { key: 'read', label: m.key_read(), icon: CheckCheck, run: () => engine.markAllRead() },
    { key: 'dnd', label: m.dnd(), icon: BellOff, run: () => available('DND') },
    { key: 'online', label: m.online(), icon: Bell, run: () => available('ONLINE') },
    theme('light', m.light(), Sun),
    theme('dark', m.dark(), Moon),
    theme('contrast', m.contrast(), Contrast),
    theme('system', m.system(), SunMoon),
    ...(engine.state.me.roles.includes('admin') ? [{ key: 'admin', label: m.administration(), icon: Shield, run: () => go('/admin') }] : []),
    { key: 'settings', label: m.settings(), icon: Gear, run: dialog('settings') },
    { key: 'keys', label: m.keyboard(), icon: Keyboard, run: dialog('keys') },
    { key: 'sign-out', label: m.sign_out(), icon: LogOut, run: () => void signOut() },
  ]
}
