import type { Locator, Page } from '@playwright/test'
import { composer, direct, expect, group, log, open, say, test } from './people.ts'
import { picture } from './picture.ts'

test('what is hard to take back is asked for first, and Escape or Cancel leaves all as it is', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await open(bob, team)
  await say(bob, 'Keep me')
  const own = log(bob).getByRole('article', { name: /^Bob/ })
  await expect(own.locator('[data-delivery]')).toBeVisible()
  await own.hover()
  await own.getByRole('button', { name: 'More actions' }).click()
  await bob.page.getByRole('menuitem', { name: 'Delete' }).click()
  const question = bob.page.getByRole('alertdialog', { name: 'Delete this message?' })
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await bob.page.keyboard.press('Escape')
  await expect(question).toHaveCount(0)
  await expect(log(bob).getByText('Keep me')).toBeVisible()
  await bob.page.getByRole('button', { name: 'Details' }).click()
  await bob.page.getByRole('button', { name: 'Leave' }).click()
  await bob.page.getByRole('alertdialog', { name: 'Leave Harbour?' }).getByRole('button', { name: 'Leave' }).click()
  await expect(bob.page.getByRole('link', { name: /^Harbour/ })).toHaveCount(0)
})

test('signing out asks while something is not sent', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await open(ann, await direct(ann, bob))
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = ann.page.getByRole('dialog', { name: 'Settings' })
  await expect(settings.getByText(/^This device/)).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await ann.context.setOffline(true)
  await say(ann, 'still here')
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await settings.getByRole('button', { name: 'Sign out', exact: true }).click()
  const question = ann.page.getByRole('alertdialog', { name: 'Sign out now?' })
  await expect(question).toContainText('One message is not sent yet.')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await ann.page.keyboard.press('Escape')
  await ann.context.setOffline(false)
  await expect(log(ann).locator('[data-delivery]')).toBeVisible({ timeout: 30_000 })
})

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

/** Draws a finger over the screen, or lets it rest where it is. */
async function finger(page: Page, target: Locator, { dx = 0, lift = true }: { dx?: number; lift?: boolean }) {
  const box = (await target.boundingBox())!
  const session = await page.context().newCDPSession(page)
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  // It comes to rest before it is lifted: after a throw the browser takes the next tap for a stop.
  const start = Date.now() / 1000 - 0.5
  const touch = (type: 'touchStart' | 'touchMove', to: number, after: number) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x: x + to, y, id: 1 }], timestamp: start + after })
  await touch('touchStart', 0, 0)
  for (let i = 1; i <= 8 && dx !== 0; i++) await touch('touchMove', (dx * i) / 8, i * 0.02)
  if (dx !== 0) await touch('touchMove', dx, 0.45)
  if (lift) await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  return () => session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
}

test('a finger answers a message with a swipe, and opens its menu by resting on it', async ({ person }) => {
  const [ann, bob] = [await person('Ann', phone), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Shall we sail?' })
  await open(ann, chat)
  const theirs = log(ann).getByRole('article', { name: /^Bob/ })
  await expect(theirs).toBeVisible()
  await finger(ann.page, theirs.getByText('Shall we sail?'), { dx: 30 })
  await expect(ann.page.getByText('Replying to Bob')).toHaveCount(0)
  await finger(ann.page, theirs.getByText('Shall we sail?'), { dx: 120 })
  await expect(ann.page.getByText('Replying to Bob')).toBeVisible()
  await ann.page.getByRole('button', { name: 'Cancel' }).click()
  const lift = await finger(ann.page, theirs.getByText('Shall we sail?'), { lift: false })
  const menu = ann.page.getByRole('menu', { name: 'Message actions' })
  await expect(menu).toBeVisible()
  await lift()
  await menu.getByRole('menuitem', { name: 'React with 👍' }).tap()
  await expect(theirs.getByRole('button', { name: '👍, 1 reaction' })).toBeVisible()
  await expect(menu).toHaveCount(0)
})

test('a finger pins and archives a conversation; tabs show what is unread', async ({ person }) => {
  const [ann, bob, cat] = [await person('Ann', phone), await person('Bob'), await person('Cat')]
  const [first, second] = [await direct(ann, bob), await direct(ann, cat)]
  await bob.api('POST', `/api/chat/conversations/${first}/messages`, { content: 'one' })
  await ann.api('POST', `/api/chat/conversations/${second}/messages`, { content: 'two' })
  await ann.page.goto('/chat')
  const row = (name: string) => ann.page.getByRole('link', { name: new RegExp(`^${name}`) })
  await expect(row('Bob')).toBeVisible()
  await expect(ann.page.getByRole('heading', { name: 'Pinned' })).toHaveCount(0)
  await finger(ann.page, row('Bob'), { dx: 140 })
  await expect(ann.page.getByRole('heading', { name: 'Pinned' })).toBeVisible()
  await finger(ann.page, row('Cat'), { dx: -140 })
  await expect(row('Cat')).toHaveCount(0)
  await expect(ann.page).toHaveURL(/\/chat$/)
  const tabs = ann.page.getByRole('navigation', { name: 'Main' })
  await tabs.getByRole('button', { name: 'Inbox, 1 unread' }).tap()
  await expect(row('Bob, 1 unread')).toBeVisible()
  await ann.page.getByRole('button', { name: 'Mark everything as read' }).tap()
  await expect(ann.page.getByText('You have read everything.')).toBeVisible()
  await tabs.getByRole('button', { name: 'Chats' }).tap()
  const lift = await finger(ann.page, row('Bob'), { lift: false })
  await expect(ann.page.getByRole('menuitem', { name: 'Unpin' })).toBeVisible()
  await lift()
  await ann.page.getByRole('menuitem', { name: 'Unpin' }).tap()
  await expect(ann.page.getByRole('heading', { name: 'Pinned' })).toHaveCount(0)
  await expect.poll(async () => (await ann.api<{ isArchived: boolean }>('GET', `/api/chat/conversations/${second}`)).isArchived).toBe(true)
})

test('the other button and the menu key open the same menus', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'By keyboard, please' })
  await open(ann, chat)
  const theirs = log(ann).getByRole('article', { name: /^Bob/ })
  await theirs.click({ button: 'right' })
  await expect(ann.page.getByRole('menuitem', { name: 'Forward' })).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await expect(theirs).toBeFocused()
  await ann.page.keyboard.press('Shift+F10')
  await ann.page.getByRole('menuitem', { name: 'Reply', exact: true }).press('Enter')
  await expect(ann.page.getByText('Replying to Bob')).toBeVisible()
  await ann.page.getByRole('link', { name: /^Bob/ }).focus()
  await ann.page.keyboard.press('Shift+F10')
  await ann.page.getByRole('menuitem', { name: 'Mute' }).press('Enter')
  await expect(ann.page.getByRole('link', { name: 'Bob, muted' })).toBeFocused()
})

test('a thread shows who answered last and when; pins are counted for all; receipts say who', async ({ person }) => {
  const [ann, bob, cat] = [await person('Ann'), await person('Bob'), await person('Cat')]
  const team = await group(ann, 'Harbour', [bob, cat])
  await Promise.all([open(ann, team), open(bob, team)])
  await say(ann, 'Who brings the map?')
  await expect(log(bob).getByText('Who brings the map?')).toBeVisible()
  const { id } = (await bob.api<{ id: number }[]>('GET', `/api/chat/conversations/${team}/messages?limit=1`))[0]!
  await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: 'I do', parentMessageId: id })
  await expect(log(ann).getByRole('button', { name: '1 reply Last reply just now' })).toBeVisible()
  // The list of threads leads there, from wherever one is.
  await bob.page.goto('/chat')
  await ann.api('POST', `/api/chat/conversations/${team}/messages`, { content: 'And I a compass', parentMessageId: id })
  await bob.page.getByRole('navigation', { name: 'Conversations' }).getByRole('button', { name: 'Threads' }).click()
  const threads = bob.page.getByRole('dialog', { name: 'Threads' })
  const row = threads.getByRole('button', { name: /Who brings the map/ })
  await expect(row).toContainText('2 replies')
  await expect(row).toContainText('Ann: And I a compass')
  await expect(row).toContainText('1 unread')
  await row.click()
  await expect(bob.page.getByRole('complementary', { name: 'Thread' }).getByText('And I a compass')).toBeVisible()
  await expect(log(bob).first()).toBeVisible()
  await bob.page.getByRole('complementary', { name: 'Thread' }).getByRole('button', { name: 'Close' }).click()
  await expect(ann.page.getByRole('button', { name: 'Pinned messages' })).toBeVisible()
  await ann.api('PUT', `/api/chat/messages/${id}/pin`)
  for (const p of [ann, bob]) await expect(p.page.getByRole('button', { name: '1 pinned message' })).toBeVisible()
  await ann.api('DELETE', `/api/chat/messages/${id}/pin`)
  await expect(bob.page.getByRole('button', { name: 'Pinned messages', exact: true })).toBeVisible()

  const own = ann.page.locator(`#m${id}`)
  await own.locator('[data-delivery]').focus()
  await ann.page.keyboard.press('Enter')
  const sheet = ann.page.getByRole('dialog', { name: 'Read by' })
  await expect(sheet.getByRole('list', { name: 'Read' }).getByText('Bob')).toBeVisible()
  await expect(sheet.getByRole('list', { name: 'Sent' }).getByText('Cat')).toBeVisible()
  await open(cat, team)
  await expect(sheet.getByRole('list', { name: 'Read' }).getByText('Cat')).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await own.focus()
  await ann.page.keyboard.press('Shift+F10')
  await ann.page.getByRole('menuitem', { name: 'Read by' }).press('Enter')
  await expect(sheet).toBeVisible()
})

test('an image keeps its place, blurred, until it is there', async ({ person, server }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  const form = { file: { name: 'sunset.png', mimeType: 'image/png', buffer: picture(600, 400) }, conversationId: String(chat) }
  const made = (await (await bob.context.request.post('/api/chat/attachments', { multipart: form, headers: { Origin: server.url } })).json()) as { data: { id: number } }
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Look', attachmentIds: [made.data.id] })
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await ann.page.route(/\/api\/chat\/attachments\//, async (route) => {
    await held
    await route.continue()
  })
  await open(ann, chat)
  const image = log(ann).getByRole('button', { name: 'View sunset.png' })
  await expect(image.locator('[data-placeholder]')).toBeVisible()
  const before = await image.boundingBox()
  letGo()
  await expect(image.locator('[data-placeholder]')).toHaveCount(0)
  expect(await image.boundingBox()).toEqual(before)
})

test('a picture is chosen while signing up and while making a group', async ({ browser, server, person }) => {
  const context = await browser.newContext({ baseURL: server.url })
  const page = await context.newPage()
  await page.goto('/sign-up')
  const sun = { name: 'me.png', mimeType: 'image/png', buffer: picture(400, 300) }
  await page.getByLabel('Your name').fill('Nora Painter')
  await page.locator('input[type=file]').setInputFiles(sun)
  await page.getByRole('dialog', { name: 'Change picture' }).getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('button', { name: 'Change picture' }).locator('img')).toBeVisible()
  await page.getByLabel('Password').fill('a long pass phrase')
  await page.getByRole('button', { name: 'Create an account' }).click()
  await expect(page.getByRole('button', { name: 'Your profile: Nora Painter' }).locator('img[src*=attachments]')).toBeVisible()
  await context.close()

  const ann = await person('Ann')
  await ann.page.goto('/chat')
  await ann.page.getByRole('button', { name: 'New message' }).click()
  await ann.page.getByRole('button', { name: 'New group' }).click()
  await ann.page.getByLabel('Name').fill('Painters')
  await ann.page.getByRole('dialog').locator('input[type=file]').setInputFiles(sun)
  await ann.page.getByRole('dialog', { name: 'Change picture' }).getByRole('button', { name: 'Save' }).click()
  await ann.page.getByRole('button', { name: 'Create group' }).click()
  await expect(ann.page.getByRole('link', { name: /^Painters/ }).locator('img[src*=attachments]').first()).toBeVisible()
})

test('density and quiet hours follow to another device, and what is quiet is not announced', async ({ person, browser, server }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'first' })
  const other = await browser.newContext({ baseURL: server.url, storageState: await ann.context.storageState() })
  const second = await other.newPage()
  await Promise.all([ann.page.goto('/chat'), second.goto('/chat')])
  await expect(second).toHaveTitle('(1) Parley')
  const hour = new Date().getHours()
  const clock = (ahead: number) => `${String((hour + ahead + 24) % 24).padStart(2, '0')}:00`
  const row = second.locator('[data-conversation]')
  expect((await row.boundingBox())!.height).toBe(32)
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await ann.page.getByText('Compact', { exact: true }).click()
  await expect.poll(async () => (await row.boundingBox())!.height).toBe(28)
  await ann.page.getByLabel('Quiet hours').click()
  await ann.page.getByLabel('From').fill(clock(-1))
  await ann.page.getByLabel('Until').fill(clock(2))
  await expect(second).toHaveTitle('Parley')
  await expect.poll(async () => (await ann.api<{ quietHours: { on: boolean; to: string } }>('GET', '/api/users/me/settings')).quietHours).toMatchObject({ on: true, to: clock(2) })
  await other.close()
})

test('each key of the sheet does what it says', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  const team = await group(ann, 'Harbour', [bob])
  for (const content of ['older', 'newer']) await ann.api('POST', `/api/chat/conversations/${team}/messages`, { content })
  // The later conversation stands lower: groups come before direct chats.
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Hello' })
  await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: 'Ahoy' })
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Still there?' })
  const { page } = ann
  await open(ann, team)
  await expect(page.getByRole('link', { name: 'Bob, 2 unread' })).toBeVisible()
  await page.keyboard.press('Shift+Escape')
  await expect(page.getByRole('link', { name: 'Bob', exact: true })).toBeVisible()
  const region = () => page.evaluate(() => document.activeElement?.closest('[data-region]')?.getAttribute('data-region'))
  const visited = []
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('F6')
    visited.push(await region())
    if (visited.at(-1) === 'list') await expect(page.getByRole('link', { name: 'Harbour' })).toBeFocused()
  }
  expect(visited).toEqual(['rail', 'list', 'messages', 'composer'])
  await page.keyboard.press('Shift+F6')
  expect(await region()).toBe('messages')
  await page.keyboard.press('ArrowUp')
  await expect(log(ann).getByRole('article', { name: /^Bob/ })).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('e')
  await expect(composer(ann)).toHaveValue('newer')
  await page.keyboard.press('Escape')
  await expect(composer(ann)).toHaveValue('')
  await composer(ann).press('ArrowUp')
  await expect(composer(ann)).toHaveValue('newer')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Shift+F6')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page).toHaveURL(new RegExp(`/chat/${chat}$`))
  await page.keyboard.press('Alt+ArrowUp')
  await expect(page).toHaveURL(new RegExp(`/chat/${team}$`))
})

test('on a phone a file may come from the camera', async ({ person }) => {
  const [ann, bob] = [await person('Ann', phone), await person('Bob')]
  await open(ann, await direct(ann, bob))
  await ann.page.getByRole('button', { name: 'Attach files' }).tap()
  const asked = ann.page.waitForEvent('filechooser')
  await ann.page.getByRole('menuitem', { name: 'Take a picture' }).tap()
  const chooser = await asked
  expect(await chooser.element().getAttribute('capture')).toBe('environment')
  await chooser.setFiles({ name: 'now.png', mimeType: 'image/png', buffer: picture(300, 200) })
  await ann.page.getByRole('dialog', { name: 'Send a file' }).getByRole('button', { name: 'Send', exact: true }).tap()
  await expect(log(ann).getByRole('button', { name: /^View now/ })).toBeVisible()
})
