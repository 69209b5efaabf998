import { composer, direct, expect, group, log, open, say, test } from './people.ts'

test('a message says how far it has come', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await open(ann, chat)
  await expect(log(ann).getByText('No messages yet')).toBeVisible()
  await say(ann, 'Hello, Bob!')
  await expect(log(ann).locator('[data-delivery]')).toHaveAttribute('data-delivery', 'SENT')
  await bob.page.goto('/chat')
  await expect(bob.page.getByRole('link', { name: 'Ann, 1 unread' })).toBeVisible()
  await open(bob, chat)
  await expect(log(bob).getByText('Hello, Bob!')).toBeVisible()
  await expect(log(ann).locator('[data-delivery]')).toHaveAttribute('data-delivery', 'READ')
  await expect(bob.page.getByRole('link', { name: 'Ann', exact: true })).toBeVisible()
})

test('twenty messages within two seconds keep their order and appear once everywhere', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await Promise.all([open(ann, chat), open(bob, chat)])
  const texts = Array.from({ length: 20 }, (_, i) => `number ${String(i + 1).padStart(2, '0')}`)
  for (const text of texts) await say(ann, text)
  for (const p of [ann, bob]) {
    await expect(log(p).getByText('number 20')).toBeVisible()
    await expect.poll(() => p.page.locator('[data-message]').count()).toBe(20)
    expect((await log(p).locator('[data-message] p').allTextContents())).toEqual(texts)
  }
})

test('reply, react, edit, delete and thread are seen by the others at once', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await Promise.all([open(ann, team), open(bob, team)])
  await say(ann, 'Shall we sail?')
  await expect(log(bob).getByText('Shall we sail?')).toBeVisible()

  const theirs = log(bob).getByRole('article', { name: /^Ann/ })
  await theirs.hover()
  await theirs.getByRole('button', { name: 'React with 👍' }).click()
  await expect(log(ann).getByRole('button', { name: '👍, 1 reaction' })).toBeVisible()

  await theirs.focus()
  await bob.page.keyboard.press('r')
  await expect(bob.page.getByText('Replying to Ann')).toBeVisible()
  await say(bob, 'Yes, at noon')
  await expect(log(ann).getByRole('button', { name: '1 reply' })).toBeVisible()
  await log(ann).getByRole('button', { name: '1 reply' }).click()
  const thread = ann.page.getByRole('complementary', { name: 'Thread' })
  await expect(thread.getByText('Yes, at noon')).toBeVisible()
  await thread.getByRole('textbox').fill('I bring the map')
  await thread.getByRole('textbox').press('Enter')
  await expect(log(bob).getByText('I bring the map')).toBeVisible()

  await composer(bob).press('ArrowUp')
  await expect(composer(bob)).toHaveValue('Yes, at noon')
  await composer(bob).fill('Yes, at one')
  await composer(bob).press('Enter')
  await expect(log(ann).getByText('Yes, at one')).toBeVisible()
  await expect(log(ann).getByRole('button', { name: 'edited' })).toBeVisible()

  const own = log(bob).getByRole('article', { name: /^Bob/ }).first()
  await own.hover()
  await own.getByRole('button', { name: 'More actions' }).click()
  await bob.page.getByRole('menuitem', { name: 'Delete' }).click()
  await bob.page.getByRole('alertdialog', { name: 'Delete this message?' }).getByRole('button', { name: 'Delete' }).click()
  await expect(log(ann).getByText('This message was deleted')).toBeVisible()
})

test('markdown is shown, and HTML is only text', async ({ person }) => {
  const ann = await person('Ann')
  const notes = await direct(ann, ann)
  await open(ann, notes)
  await say(ann, '**bold** <img src=x onerror=alert(1)> [link](https://example.org) `code`')
  await expect(log(ann).locator('strong')).toHaveText('bold')
  await expect(log(ann).getByText('<img src=x onerror=alert(1)>')).toBeVisible()
  await expect(log(ann).getByRole('link', { name: 'link' })).toHaveAttribute('rel', /noopener/)
  expect(await log(ann).locator('img[src="x"]').count()).toBe(0)
})

test('unread counts are right on a second device and after a reload; drafts follow', async ({ person, browser, server }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  for (const content of ['one', 'two', 'three']) await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content })
  await ann.page.goto('/chat')
  await expect(ann.page.getByRole('link', { name: 'Bob, 3 unread' })).toBeVisible()
  const other = await browser.newContext({ baseURL: server.url, storageState: await ann.context.storageState() })
  const phone = await other.newPage()
  await phone.goto('/chat')
  await expect(phone.getByRole('link', { name: 'Bob, 3 unread' })).toBeVisible()
  await open(ann, chat)
  await expect(ann.page.getByRole('separator', { name: '3 new messages' })).toBeVisible()
  await expect(phone.getByRole('link', { name: 'Bob', exact: true })).toBeVisible()
  await composer(ann).fill('half a thought')
  await expect(phone.getByRole('link', { name: 'Bob, Draft' })).toBeVisible()
  await ann.page.reload()
  await expect(composer(ann)).toHaveValue('half a thought')
  await other.close()
})

test('more unread than fit: one can jump to the first, or stay with the latest', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'read long ago' })
  await ann.api('POST', `/api/chat/conversations/${chat}/read`)
  for (let i = 1; i <= 180; i++) await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: `line ${i}` })
  await open(ann, chat)
  await expect(log(ann).getByText('line 180', { exact: true })).toBeVisible()
  await expect(ann.page.getByRole('separator', { name: /new messages/ })).toHaveCount(0)
  await ann.page.getByRole('button', { name: '180 new, jump to the first' }).click()
  await expect(ann.page.getByRole('separator', { name: '180 new messages' })).toBeInViewport()
  await expect(log(ann).getByText('line 1', { exact: true })).toBeInViewport()
  await ann.page.getByRole('button', { name: /^Jump to the latest/ }).click()
  await expect(log(ann).getByText('line 180', { exact: true })).toBeInViewport()
})

test('typing shows, and the history above loads without moving what is read', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  for (let i = 1; i <= 180; i++) await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: `line ${i}` })
  await open(bob, chat)
  await open(ann, chat)
  await composer(bob).pressSequentially('x')
  await expect(ann.page.getByText('Bob is typing…')).toBeVisible()
  await log(ann).hover()
  for (let i = 0; i < 40 && !(await log(ann).getByText('line 1', { exact: true }).isVisible()); i++) {
    await ann.page.mouse.wheel(0, -1500)
    await ann.page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))))
  }
  await expect(log(ann).getByText('line 1', { exact: true })).toBeVisible()
  expect(await ann.page.locator('[data-message]').count()).toBeLessThan(200)
  await ann.page.getByRole('button', { name: /^Jump to the latest/ }).click()
  await expect(log(ann).getByText('line 180', { exact: true })).toBeVisible()
})
