import { ApiError, Rest, type OwnUser } from '@parley/sdk'
import { createStore } from 'zustand/vanilla'
import { Engine } from '../store/engine.ts'
import { remember, remembered } from '../store/who.ts'
import { show } from './theme.ts'

type Session = { phase: 'unknown' } | { phase: 'out'; erased?: boolean } | { phase: 'in'; engine: Engine }

export const session = createStore<Session>(() => ({ phase: 'unknown' }))
const rest = new Rest()

/** Finds out who is signed in; whoever was here before does not wait for the answer. */
export async function restore(): Promise<void> {
  const known = remembered()
  if (known) enter(known)
  try {
    const me = await rest.get('/api/users/me')
    if (known && known.id !== me.id) leave()
    const now = session.getState()
    if (now.phase === 'in') now.engine.store.setState({ me })
    else enter(me)
    remember(me)
    show(me.settings)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) await signedOut()
    else if (!known) session.setState({ phase: 'out' }, true)
  }
}

function enter(me: OwnUser): void {
  erased = false
  const engine = new Engine(me)
  engine.onSignedOut = () => void signedOut()
  remember(me)
  show(me.settings)
  session.setState({ phase: 'in', engine }, true)
  engine.store.subscribe((now, before) => {
    if (now.me !== before.me) show(now.me.settings)
  })
  void engine.start()
}

function leave(): void {
  const now = session.getState()
  if (now.phase === 'in') now.engine.close()
}

/** Whether it is because the account was deleted that nobody is signed in any more. */
let erased = false

async function signedOut(): Promise<void> {
  const now = session.getState()
  remember(null)
  session.setState({ phase: 'out', erased }, true)
  if (now.phase === 'in') await now.engine.forgetEverything()
}

export async function signIn(login: string, password: string): Promise<void> {
  const { user } = await rest.post('/api/auth/login', { body: { login, password, cookie: true } })
  enter(user)
}

export async function signUp(account: { username: string; password: string; displayName: string; invite?: string }, picture?: Blob): Promise<void> {
  const { user } = await rest.post('/api/auth/register', { body: { ...account, cookie: true } })
  enter(picture ? { ...user, ...(await portray(picture)) } : user)
}

/** An account without its picture is better than none: it can be chosen again in the settings. */
async function portray(picture: Blob): Promise<Partial<OwnUser>> {
  const form = new FormData()
  form.append('file', picture, 'avatar.webp')
  return rest.put('/api/users/me/avatar', { body: form }).catch(() => ({}))
}

export function registration(invite: string | undefined) {
  return rest.get('/api/auth/registration', { query: invite ? { invite } : {} })
}

/** Deletes the account; the server ends its sessions, this one possibly before it has answered. */
export async function eraseAccount(password: string): Promise<void> {
  erased = true
  try {
    await rest.delete('/api/users/me', { body: { password } })
  } catch (error) {
    erased = false
    throw error
  }
  await signOut()
}

export async function signOut(): Promise<void> {
  await rest.post('/api/auth/logout').catch(() => undefined)
  await signedOut()
}
