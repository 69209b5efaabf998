import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { composer, direct, expect, group, log, lookAway, notifications, open, test, type Person } from './people.ts'

const shown = (p: Person) => p.page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => `${n.title}: ${n.body}`))

test('a message is notified where nobody looks, and taken back when it was read elsewhere', async ({ person, browser, server }) => {
  const [ann, bob] = [await person('Ann', { permissions: ['notifications'] }), await person('Bob')]
  const [chat, team] = [await direct(ann, bob), await group(ann, 'Harbour', [bob])]
  await ann.api('PUT', `/api/chat/conversations/${team}/notifications`, { level: 'MENTIONS' })
  await ann.page.goto('/chat')
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await expect(ann.page.getByRole('dialog').getByRole('switch', { name: 'Notifications on this device' })).toBeChecked() // the browser allows them
  await ann.page.keyboard.press('Escape')
  const told = await notifications(ann)
  await lookAway(ann)
  const said = await bob.api<{ id: number }>('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Are you **there**?' })
  await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: 'not for everybody' })
  await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: `but for @${ann.username}` })
  const both = ['Bob: Are you there?', 'Harbour: Bob: but for @Ann']
  await expect.poll(async () => (await told()).toSorted()).toEqual(both)
  expect((await shown(ann)).toSorted()).toEqual(both)
  await expect(ann.page).toHaveTitle(/^\(3\)/)
  await expect(ann.page.locator('link[rel=icon]')).toHaveAttribute('href', '/icon-unread.svg')

  const elsewhere = await browser.newContext({ baseURL: server.url, storageState: await ann.context.storageState() })
  const laptop = await elsewhere.newPage()
  await laptop.goto(`/chat/${chat}`)
  await expect(laptop.locator(`[data-message="${said.id}"]`)).toBeVisible()
  await expect.poll(() => shown(ann)).toEqual(['Harbour: Bob: but for @Ann'])

  // Nothing for what is being looked at on the other device: what came after it is notified.
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'And now?' })
  await expect(laptop.getByRole('log').getByText('And now?')).toBeVisible()
  await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: `once more @${ann.username}` })
  await expect.poll(told).toContain('Harbour: Bob: once more @Ann')
  expect(await shown(ann)).toEqual(['Harbour: Bob: once more @Ann'])
  await elsewhere.close()
})

test('what another app shares is sent to the conversation that one chooses', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Show me' })
  await open(ann, chat)
  await ann.page.evaluate(() => navigator.serviceWorker.ready)
  await ann.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await ann.page.evaluate(() => {
    const form = Object.assign(document.createElement('form'), { method: 'POST', action: '/share', enctype: 'multipart/form-data' })
    const field = (name: string, value: string) => form.append(Object.assign(document.createElement('input'), { name, value }))
    field('title', 'A page')
    field('url', 'https://example.org/harbour')
    const file = Object.assign(document.createElement('input'), { type: 'file', name: 'files' })
    const carried = new DataTransfer()
    carried.items.add(new File(['the tide table'], 'tides.txt', { type: 'text/plain' }))
    file.files = carried.files
    form.append(file)
    document.body.append(form)
    form.submit()
  })
  const dialog = ann.page.getByRole('dialog', { name: 'Send to' })
  await dialog.getByRole('button', { name: 'Bob' }).click()
  const sheet = ann.page.getByRole('dialog')
  await expect(sheet.getByText('tides.txt')).toBeVisible()
  await sheet.getByRole('button', { name: 'Send' }).click()
  await expect(composer(ann)).toHaveValue('A page\nhttps://example.org/harbour')
  await composer(ann).press('Enter')
  await open(bob, chat)
  await expect(log(bob).getByText('tides.txt')).toBeVisible()
  await expect(log(bob).getByText('https://example.org/harbour')).toBeVisible()
})

test('a newer version waits until it is asked for', async ({ person, server }) => {
  let version = ''
  // What a server that was updated would say.
  const updated = createServer((request, response) => {
    void fetch(server.url + request.url, { headers: { cookie: request.headers.cookie ?? '' } }).then(async (answer) => {
      const body = Buffer.from(await answer.arrayBuffer())
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      response.end(request.url === '/sw.js' ? Buffer.concat([body, Buffer.from(version)]) : body)
    })
  })
  await new Promise<void>((resolve) => updated.listen(0, '127.0.0.1', resolve))
  try {
    const ann = await person('Ann')
    await ann.page.goto(`http://127.0.0.1:${(updated.address() as AddressInfo).port}/chat`)
    await ann.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    const row = ann.page.getByText('There is a new version.')
    await expect(row).toHaveCount(0)
    version = '\n// newer'
    await ann.page.evaluate(async () => (await navigator.serviceWorker.ready).update())
    await expect(row).toBeVisible({ timeout: 30_000 }) // it is fetched whole before it is offered
    const before = await ann.page.evaluate(() => performance.timeOrigin)
    await ann.page.getByRole('button', { name: 'Use it now' }).click()
    await ann.page.waitForFunction((was) => performance.timeOrigin > was, before)
    await expect(row).toHaveCount(0)
  } finally {
    updated.closeAllConnections()
    updated.close()
  }
})
