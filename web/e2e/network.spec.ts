import { composer, direct, expect, log, open, say, test } from './people.ts'
import type { Page } from '@playwright/test'
import { join } from './people.ts'
import { Server } from './server.ts'

/** Walks from the end of the log to its beginning and returns the texts in the order of the messages on the page. */
async function everyText(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const box = document.querySelector<HTMLElement>('[role=log]')!
    const frame = () => new Promise((r) => requestAnimationFrame(r))
    const pages: [string, string][][] = []
    box.scrollTop = box.scrollHeight
    for (let still = 0; still < 30; ) {
      await frame()
      await frame()
      const shown = [...box.querySelectorAll<HTMLElement>('[data-message]')].map((e): [string, string] => [e.dataset['message']!, e.querySelector('p')?.textContent ?? ''])
      pages.push(shown)
      const step = Math.min(400, box.scrollTop)
      box.scrollTop -= step
      still = step === 0 ? still + 1 : 0
    }
    // Each page overlaps the one below it: what is new stands above what is known.
    const seen = new Map<string, string>()
    const order: string[] = []
    for (const shown of pages) {
      const fresh = shown.filter(([id]) => !seen.has(id))
      for (const [id, text] of fresh) seen.set(id, text)
      order.unshift(...fresh.map(([id]) => id))
    }
    return order.map((id) => seen.get(id)!)
  })
}

test('what was missed without a network is there afterwards, in order, and what was written is sent once', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await Promise.all([open(ann, chat), open(bob, chat)])
  await say(ann, 'before')
  await expect(log(bob).getByText('before')).toBeVisible()
  await ann.context.setOffline(true)
  await say(ann, 'written offline')
  await expect(log(ann).getByText('Sending…')).toBeVisible()
  await expect(ann.page.locator('[data-network=offline]')).toBeVisible()
  for (let i = 1; i <= 500; i++) await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: `missed ${i}` })
  await ann.context.setOffline(false)
  await expect(log(bob).getByText('written offline')).toBeVisible({ timeout: 30_000 })
  await expect(ann.page.locator('[data-network]')).toHaveCount(0)
  // All of it, from the last to the first, each once and in order.
  const expected = ['before', ...Array.from({ length: 500 }, (_, i) => `missed ${i + 1}`)]
  const mine = (texts: string[]) => texts.filter((t) => t !== 'written offline')
  for (const p of [ann, bob]) {
    const texts = await everyText(p.page)
    expect(mine(texts)).toEqual(expected)
    expect(texts.filter((t) => t === 'written offline')).toHaveLength(1)
  }
})

test('an outbox outlives its tab, and two tabs send it once', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await Promise.all([open(ann, chat), open(bob, chat)])
  const second = await ann.context.newPage()
  await second.goto(`/chat/${chat}`)
  await expect(second.getByRole('textbox', { name: /^Message / })).toBeVisible()
  await ann.context.setOffline(true)
  await say(ann, 'kept in the outbox')
  await expect(second.getByRole('log').getByText('kept in the outbox')).toBeVisible()
  await ann.page.close()
  await ann.context.setOffline(false)
  await expect(log(bob).getByText('kept in the outbox')).toBeVisible({ timeout: 30_000 })
  await expect(second.getByRole('log').locator('[data-delivery]')).toBeVisible()
  await expect(log(bob).getByText('kept in the outbox')).toHaveCount(1)
})

test('a second tab lives from the connection of the first, and takes over', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  const second = await ann.context.newPage()
  await open(ann, chat)
  const sockets: string[] = []
  second.on('websocket', (s) => sockets.push(s.url()))
  await second.goto(`/chat/${chat}`)
  await open(bob, chat)
  await say(bob, 'for both tabs')
  await expect(second.getByRole('log').getByText('for both tabs')).toBeVisible()
  await expect(log(ann).getByText('for both tabs')).toBeVisible()
  expect(sockets).toHaveLength(0)
  await ann.page.close()
  await say(bob, 'for the one that is left')
  await expect(second.getByRole('log').getByText('for the one that is left')).toBeVisible({ timeout: 15_000 })
})

test('killing the server in the middle of a conversation loses and doubles nothing', async ({ browser }) => {
  const server = await Server.start()
  try {
    const [ann, bob] = [await join(browser, server, 'Ann'), await join(browser, server, 'Bob')]
    const chat = await direct(ann, bob)
    await Promise.all([open(ann, chat), open(bob, chat)])
    const texts = Array.from({ length: 12 }, (_, i) => `word ${i + 1}`)
    for (const text of texts.slice(0, 4)) await say(ann, text)
    await server.kill()
    for (const text of texts.slice(4, 8)) await say(ann, text)
    await expect(log(ann).getByText('word 8', { exact: true })).toBeVisible()
    await server.up()
    for (const text of texts.slice(8)) await say(ann, text)
    for (const p of [ann, bob]) {
      await expect(log(p).getByText('word 12', { exact: true })).toBeVisible({ timeout: 30_000 })
      await expect.poll(() => p.page.locator('[data-message] p').allTextContents()).toEqual(texts)
    }
    await expect(composer(ann)).toHaveValue('')
    await ann.context.close()
    await bob.context.close()
  } finally {
    await server.close()
  }
})

test('a closed tab opens again without a network, and sends what was written when there is one', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'read me in the tunnel' })
  await open(ann, chat)
  await expect(log(ann).getByText('read me in the tunnel')).toBeVisible()
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await ann.page.reload()
  await expect(log(ann).getByText('read me in the tunnel')).toBeVisible()
  await ann.context.setOffline(true)
  await say(ann, 'from the tunnel')
  await expect(log(ann).getByText('Sending…')).toBeVisible()
  await ann.page.close()
  const again = await ann.context.newPage()
  await again.goto(`/chat/${chat}`)
  await expect(again.getByRole('log').getByText('read me in the tunnel')).toBeVisible()
  await expect(again.getByRole('log').getByText('from the tunnel')).toBeVisible()
  await ann.context.setOffline(false)
  await expect(again.getByRole('log').locator('[data-delivery]')).toBeVisible({ timeout: 30_000 })
  await open(bob, chat)
  await expect(log(bob).getByText('from the tunnel')).toHaveCount(1)
})
