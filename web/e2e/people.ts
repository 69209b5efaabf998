import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { Server } from './server.ts'

/** Somebody with a browser of their own, who is signed in. */
export interface Person {
  id: number
  name: string
  username: string
  page: Page
  context: BrowserContext
  api<T>(method: string, path: string, body?: unknown): Promise<T>
}

let last = 0

export const password = 'a long pass phrase'

export async function join(browser: Browser, server: Server, name: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Person> {
  const context = await browser.newContext({ baseURL: server.url, ...options })
  const username = `${name.toLowerCase().replace(/\W+/g, '.')}${++last}`
  const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await context.request.fetch(path, { method, data: body === undefined ? undefined : JSON.stringify(body), headers: { 'Content-Type': 'application/json', Origin: options.baseURL ?? server.url } })
    const answer = (await response.json()) as { success: boolean; data: T; error: string }
    if (!answer.success) throw new Error(`${method} ${path}: ${answer.error}`)
    return answer.data
  }
  const { user } = await api<{ user: { id: number } }>('POST', '/api/auth/register', { username, password, displayName: name, cookie: true })
  const page = await context.newPage()
  return { id: user.id, name, username, page, context, api }
}

export const test = base.extend<{ server: Server; person(name: string, options?: Parameters<Browser['newContext']>[0]): Promise<Person> }, { shared: Server }>({
  shared: [
    async ({}, use) => {
      const server = await Server.start()
      await use(server)
      await server.close()
    },
    { scope: 'worker' },
  ],
  server: async ({ shared }, use) => use(shared),
  person: async ({ browser, shared }, use) => {
    const people: Person[] = []
    await use(async (name, options) => {
      const p = await join(browser, shared, name, options)
      people.push(p)
      return p
    })
    for (const p of people) await p.context.close()
  },
})

export { expect }

export async function direct(a: Person, b: Person): Promise<number> {
  return (await a.api<{ id: number }>('POST', `/api/chat/conversations/direct/${b.id}`)).id
}
export async function group(owner: Person, name: string, members: Person[]): Promise<number> {
  return (await owner.api<{ id: number }>('POST', '/api/chat/conversations', { name, participantIds: members.map((p) => p.id) })).id
}
export async function open(p: Person, conversation: number): Promise<void> {
  await p.page.goto(`/chat/${conversation}`)
  await expect(composer(p)).toBeVisible()
}
export const composer = (p: Person) => p.page.getByRole('textbox', { name: /^Message / })
export const log = (p: Person) => p.page.getByRole('log', { name: /^Messages in/ })
export async function say(p: Person, text: string): Promise<void> {
  await composer(p).fill(text)
  await composer(p).press('Enter')
}

/** Puts another window in front, and no longer pretends that each page has the focus. */
export async function lookAway(p: Person): Promise<void> {
  const session = await p.context.newCDPSession(p.page)
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: false })
  await (await p.context.newPage()).bringToFront()
}

/**
 * What the service worker shows from now on, each when it is on the screen. To ask the
 * browser for its notifications while one is being shown makes it forget that one.
 */
export async function notifications(p: Person): Promise<() => Promise<string[]>> {
  await p.page.evaluate(() => navigator.serviceWorker.ready)
  const [worker] = p.context.serviceWorkers()
  await worker!.evaluate(() => {
    const scope = self as unknown as { registration: ServiceWorkerRegistration; told: string[] }
    scope.told = []
    const show = scope.registration.showNotification.bind(scope.registration)
    scope.registration.showNotification = async (title, options) => {
      await show(title, options)
      scope.told.push(`${title}: ${options?.body}`)
    }
  })
  return () => worker!.evaluate(() => (self as unknown as { told: string[] }).told)
}
