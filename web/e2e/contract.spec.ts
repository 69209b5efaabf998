import { readFileSync } from 'node:fs'
import { composer, direct, expect, group, join, log, open, password, say, test, type Person } from './people.ts'
import { Line } from './line.ts'
import { picture } from './picture.ts'
import { Server } from './server.ts'

test('typing is gone five seconds after the tab of the typist died', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await Promise.all([open(ann, chat), open(bob, chat)])
  await composer(bob).pressSequentially('hm')
  await expect(ann.page.getByText('Bob is typing…')).toBeVisible()
  const session = await bob.context.newCDPSession(bob.page)
  const typing = ann.page.evaluate(async () => {
    const begun = performance.now()
    while (document.querySelector('[data-typing]')) await new Promise((r) => requestAnimationFrame(r))
    return performance.now() - begun
  })
  void session.send('Page.crash').catch(() => undefined)
  expect(await typing).toBeLessThan(5_500) // the tab and the clock start in two commands
})

test('presence is offline within a minute of a power loss', async ({ browser, server, person }) => {
  test.setTimeout(120_000)
  const ann = await person('Ann')
  const line = await Line.to(server.url)
  try {
    const bob = await join(browser, server, 'Bob', { baseURL: line.url })
    const chat = await direct(ann, bob)
    await ann.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Are you there?' })
    await open(ann, chat)
    await bob.page.goto('/chat')
    await expect(ann.page.locator('[data-status=ONLINE]')).toBeVisible()
    line.die()
    await expect(ann.page.locator('[data-status=OFFLINE]')).toBeVisible({ timeout: 60_000 })
    await bob.context.close()
  } finally {
    line.close()
  }
})

test('search finds every script, and nothing of a conversation one is not in', async ({ person }) => {
  const [ann, bob, eve] = [await person('Ann'), await person('Bob'), await person('Eve')]
  const ours = await direct(ann, bob)
  const theirs = await direct(bob, eve)
  const texts = { latin: 'Das Café an der Straße', chinese: '我家在上海东边', japanese: '東京タワーで会いましょう', korean: '서울에서 만나요', arabic: 'نلتقي في القاهرة غدا', emoji: 'ready 🚀 go' }
  for (const content of Object.values(texts)) {
    await bob.api('POST', `/api/chat/conversations/${ours}/messages`, { content })
    await bob.api('POST', `/api/chat/conversations/${theirs}/messages`, { content })
  }
  await open(ann, ours)
  await expect(log(ann).getByText(texts.emoji)).toBeVisible()
  const results = ann.page.getByRole('listbox', { name: 'Results' }).getByRole('group', { name: 'Messages' }).getByRole('option')
  for (const [query, text] of [['cafe', texts.latin], ['CAFÉ', texts.latin], ['strasse', texts.latin], ['上海', texts.chinese], ['タワー', texts.japanese], ['만나요', texts.korean], ['القاهرة', texts.arabic], ['🚀', texts.emoji]] as const) {
    await ann.page.keyboard.press('Control+k')
    await ann.page.getByRole('combobox').fill(query.length < 2 ? `${query} ` : query)
    await expect(results, query).toHaveCount(1)
    await expect(results).toContainText(text)
    await ann.page.keyboard.press('Escape')
  }
})

test('a profile picture is cropped to a circle and seen by the others at once', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'hello' })
  await open(ann, chat)
  await bob.page.goto('/chat')
  await bob.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await bob.page.getByLabel('Change picture').and(bob.page.locator('input')).setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: picture(1200, 900) })
  const sheet = bob.page.getByRole('dialog', { name: 'Change picture' })
  await sheet.getByLabel('Zoom').fill('1.5')
  const sent = bob.page.waitForRequest((r) => r.url().endsWith('/api/users/me/avatar'))
  await sheet.getByRole('button', { name: 'Save' }).click()
  expect(Number(await (await sent).headerValue('content-length'))).toBeLessThan(60_000)
  const shown = ann.page.getByRole('link', { name: 'Bob', exact: true }).locator('img').first()
  await expect(shown).toBeVisible()
  expect(await shown.evaluate(async (img: HTMLImageElement) => { await img.decode(); return img.naturalWidth / img.naturalHeight })).toBe(1)
})

test('roles: an admin is made, the group is handed over, and each may what the role allows', async ({ person }) => {
  const [ann, bob, eve] = [await person('Ann'), await person('Bob'), await person('Eve')]
  const team = await group(ann, 'Harbour', [bob, eve])
  for (const p of [ann, bob]) {
    await open(p, team)
    await p.page.getByRole('button', { name: 'Details' }).click()
  }
  const member = (p: Person, of: Person) => p.page.locator(`[data-member="${of.id}"]`)
  const act = async (p: Person, of: Person, name: string) => {
    await p.page.getByRole('button', { name: `Actions for ${of.name}` }).click()
    await p.page.getByRole('menuitem', { name, exact: true }).click()
  }
  await expect(bob.page.getByText('Name and settings')).toHaveCount(0)
  await act(ann, bob, 'Make admin')
  await expect(member(bob, bob)).toContainText('Admin')
  await expect(bob.page.getByText('Name and settings')).toBeVisible()
  await act(ann, bob, 'Hand over')
  await ann.page.getByRole('alertdialog').getByRole('button', { name: 'Hand over' }).click()
  await expect(member(ann, bob)).toContainText('Owner')
  await expect(member(bob, ann)).toContainText('Admin')
  await act(bob, ann, 'Make member')
  await expect(ann.page.getByText('Name and settings')).toHaveCount(0)
})

test('in slow mode a message says that it waits, and goes by itself', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await open(ann, team)
  await ann.page.getByRole('button', { name: 'Details' }).click()
  await ann.page.getByText('Name and settings').click()
  await ann.page.getByLabel('Slow mode').selectOption('5')
  await open(bob, team)
  await say(bob, 'one')
  await say(bob, 'two')
  await expect(log(bob).getByText(/^Slow mode/)).toBeVisible()
  await expect(log(ann).getByText('one')).toBeVisible()
  await expect(log(ann).getByText('two')).toHaveCount(0)
  await expect(log(ann).getByText('two')).toBeVisible()
  await expect(log(bob).getByText(/^Slow mode/)).toHaveCount(0)
})

test('a session that is ended signs its browser out', async ({ person, browser, server }) => {
  const ann = await person('Ann')
  await ann.page.goto('/chat')
  const other = await browser.newContext({ baseURL: server.url })
  const page = await other.newPage()
  await page.goto('/sign-in')
  await page.getByLabel('Username').fill(ann.username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('navigation', { name: 'Conversations' })).toBeVisible()
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await expect(ann.page.getByText(/^This device/)).toBeVisible()
  await ann.page.getByRole('dialog').getByRole('listitem').getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible()
  await other.close()
})

test('an account can be taken along and deleted', async ({ browser, server, person }) => {
  const bob = await person('Bob')
  const ann = await join(browser, server, 'Ann')
  const chat = await direct(ann, bob)
  await ann.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'remember me' })
  await ann.page.goto('/chat')
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  const download = ann.page.waitForEvent('download')
  await ann.page.getByRole('link', { name: 'Download my data' }).click()
  expect(readFileSync(await (await download).path()).length).toBeGreaterThan(100)
  await ann.page.getByRole('button', { name: 'Delete my account' }).click()
  const sure = ann.page.getByRole('alertdialog')
  await expect(sure).toContainText('your reactions to it, under the name of a deleted user')
  await sure.getByLabel('Password').fill('not it, ever')
  await sure.getByRole('button', { name: 'Delete my account' }).click()
  await expect(sure.getByRole('alert')).toHaveText('The current password is wrong.')
  await sure.getByLabel('Password').fill(password)
  await sure.getByRole('button', { name: 'Delete my account' }).click()
  await expect(ann.page.getByRole('status')).toContainText('Your account was deleted.')
  await ann.page.goto('/sign-in')
  await expect(ann.page.getByText('Your account was deleted.')).toHaveCount(0)
  await ann.page.getByLabel('Username').fill(ann.username)
  await ann.page.getByLabel('Password').fill(password)
  await ann.page.getByRole('button', { name: 'Sign in' }).click()
  await expect(ann.page.getByRole('alert')).toHaveText('The username or the password is wrong.')
  await ann.context.close()
})

test('a shortcode is completed to its emoji, and a handle to its owner', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await open(ann, team)
  await composer(ann).pressSequentially('Set :sailb')
  await expect(ann.page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option').first()).toContainText('sailboat')
  await ann.page.keyboard.press('Enter')
  await expect(composer(ann)).toHaveValue('Set ⛵\ufe0f ')
  await composer(ann).pressSequentially(`@${bob.username.slice(0, 3)}`)
  await ann.page.getByRole('option', { name: `Bob @${bob.username}` }).click()
  await expect(composer(ann)).toHaveValue(`Set ⛵\ufe0f @${bob.username} `)
})

test('invitations: where registration is by invitation, a link opens the door once', async ({ browser }) => {
  const server = await Server.start('--registration', 'invite')
  try {
    const ann = await join(browser, server, 'Ann') // the first administers
    const outside = await browser.newContext({ baseURL: server.url })
    const page = await outside.newPage()
    await page.goto('/sign-up')
    await expect(page.getByText('You need an invitation.')).toBeVisible()
    await expect(page.getByLabel('Your name')).toHaveCount(0)
    const { url } = await ann.api<{ url: string }>('POST', '/api/admin/invitations', { uses: 1 })
    await page.goto(url)
    await page.getByLabel('Your name').fill('Bob Invited')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect(page).toHaveURL(/\/chat$/)
    const late = await (await browser.newContext({ baseURL: server.url })).newPage()
    await late.goto(url)
    await expect(late.getByRole('alert')).toHaveText('This invitation is not valid, or no longer.')
    await expect(late.getByLabel('Your name')).toHaveCount(0)
    await late.context().close()
    await outside.close()
    await ann.context.close()
  } finally {
    await server.close()
  }
})
