import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, join, test } from './people.ts'
import { picture } from './picture.ts'
import { create, destroy, enter, field, filesIn, keptBy, looksClean, messages, readable, seatsOf, stranger, Tap, write } from './rooms.ts'
import { Server } from './server.ts'

test.describe.configure({ mode: 'parallel' })

test('two browsers talk, an image too, and neither the disk nor the line has a word of it', async ({ browser }) => {
  const server = await Server.start()
  const tap = await Tap.to(server.url)
  try {
    const [ann, bob] = [await stranger(browser, tap.url, readable), await stranger(browser, tap.url, readable)]
    const link = await create(ann)
    const secret = new URL(link).hash.replace('#k=', '')
    expect(secret).toMatch(/^[\w-]{43}$/)
    await expect(field(ann)).toBeDisabled()
    await enter(bob, link, 'Quillfeather')
    await expect(messages(ann)).toContainText('end-to-end encrypted')

    const image = picture(640, 400)
    await write(bob, 'The heronsong stands at the weir')
    await expect(messages(ann)).toContainText('The heronsong stands at the weir')
    await expect(messages(ann)).toContainText('Quillfeather')
    await write(ann, 'Then the ottermere is not far')
    await expect(messages(bob)).toContainText('Then the ottermere is not far')
    await expect(messages(ann)).toContainText('Seen')
    await ann.locator('input[type=file]').setInputFiles([
      { name: 'weir-by-night.png', mimeType: 'image/png', buffer: image },
      { name: 'boats-table.txt', mimeType: 'text/x-timetable', buffer: Buffer.from('boats leave at seven-forty') },
      { name: 'not-this.txt', mimeType: 'text/plain', buffer: Buffer.from('meant for nobody') },
    ])
    // Nothing has gone yet, and what was not meant is taken back.
    const picked = ann.getByRole('list', { name: 'Send 3 files' })
    await expect(picked.getByRole('listitem')).toHaveCount(3)
    await picked.getByRole('button', { name: 'Leave out not-this.txt' }).click()
    await expect(messages(ann).getByRole('article')).toHaveCount(2)
    await ann.getByRole('button', { name: 'Send', exact: true }).click()
    await expect(messages(ann).getByRole('article')).toHaveCount(4)
    const shown = messages(bob).getByRole('img', { name: /weir-by-night/ })
    await expect(shown).toBeVisible()
    expect(await shown.evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth))).toBe(640)
    const saved = bob.waitForEvent('download')
    await messages(bob).getByRole('button', { name: 'Save boats-table.txt' }).click()
    const stream = await (await saved).createReadStream()
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('boats leave at seven-forty')
    await bob.keyboard.press('Tab')
    await field(bob).pressSequentially('Still')
    await expect(ann.getByText('The other side is typing')).toBeAttached()
    await bob.getByRole('button', { name: 'Emoji', exact: true }).click()
    await bob.getByRole('textbox', { name: 'Search emoji' }).fill('otter')
    await bob.keyboard.press('Enter')
    await expect(field(bob)).toHaveValue('Still🦦')
    await expect(field(bob)).toBeFocused()

    const reacted = ann.waitForRequest((r) => r.url().includes('/api/room/react'))
    await messages(ann).getByRole('button', { name: 'React to The heronsong stands at the weir' }).focus()
    await ann.keyboard.press('Enter')
    await expect(ann.getByRole('button', { name: 'React with 👍' })).toBeFocused()
    await ann.keyboard.press('Tab')
    await ann.keyboard.press('Enter')
    expect((await reacted).postData()).toMatch(/^\{"messageId":"\d+","enc":\{"v":1,"iv":"[\w-]{16}","ct":"[\w-]{150}"\}\}$/)
    await expect(messages(bob).getByRole('img', { name: 'The other side reacted with ❤️' })).toBeVisible()

    const kept = bob.waitForEvent('download')
    await bob.getByRole('button', { name: 'Save a copy' }).click()
    const copy = Buffer.concat(await (await (await kept).createReadStream()).toArray()).toString()
    for (const part of ['The heronsong stands at the weir', 'Quillfeather', '<img src="data:image/', 'download="boats-table.txt" href="data:application/octet-stream;base64,', '❤️', "default-src 'none'"]) expect(copy).toContain(part)
    expect(copy).not.toMatch(/<script|https?:/)

    expect(filesIn(server.data).includes('❤')).toBe(false) // in the log it stands in the page's own code
    // That the log would show it, is shown by what is no secret.
    expect(tap.log.includes('"enc":{"v":1')).toBe(true)
    for (const where of [tap.log, filesIn(server.data)]) {
      for (const word of ['heronsong', 'ottermere', 'Quillfeather', 'weir-by-night', 'boats-table', 'seven-forty', 'x-timetable', secret]) expect(where.includes(word), word).toBe(false)
      expect(where.includes(image.subarray(60, 120))).toBe(false)
    }
    expect(await keptBy(ann)).not.toMatch(/heronsong|ottermere|Quillfeather|\/api\/|\/room\//)

    await ann.getByRole('button', { name: 'Leave' }).click()
    await expect(messages(bob)).toContainText('The other side has left')
    await enterAgain(ann, link)
    await expect(messages(ann)).toContainText('The heronsong stands at the weir')
    await messages(ann).getByRole('button', { name: 'You reacted with ❤️' }).click()
    await expect(messages(bob).getByRole('img', { name: 'The other side reacted with ❤️' })).toHaveCount(0)
    await destroy(ann)
    await expect(bob.getByText('The other side destroyed it')).toBeVisible()
    for (const page of [ann, bob]) {
      expect(page.url()).not.toContain(secret)
      expect(await page.content()).not.toMatch(/heronsong|ottermere|Quillfeather/)
      expect(await keptBy(page)).not.toMatch(/heronsong|ottermere|Quillfeather|\/api\/|\/room\//)
    }
    await ann.goBack()
    await expect(ann.locator('body')).not.toContainText('heronsong')
    for (const page of [ann, bob]) await page.context().close()
  } finally {
    tap.close()
    await server.close()
  }
})

const enterAgain = async (page: Parameters<typeof enter>[0], link: string) => {
  await page.goto(link)
  await expect(messages(page)).toBeVisible()
}

test('opening takes no seat, entering does, a third is turned away and the maker hears of it', async ({ browser, server }) => {
  const [ann, bob, eve] = [await stranger(browser, server.url), await stranger(browser, server.url), await stranger(browser, server.url)]
  const link = await create(ann)
  for (const page of [bob, eve]) {
    await page.goto(link)
    await expect(page.getByRole('heading', { name: 'You are invited to a private room for two' })).toBeVisible()
    await page.reload()
    await expect(page.getByRole('button', { name: 'Enter', exact: true })).toBeVisible()
  }
  expect(await seatsOf(bob.context(), link)).toMatchObject({ full: false })
  await expect(ann.getByText('Waiting for the other person')).toBeVisible()
  await bob.getByRole('button', { name: 'Enter', exact: true }).click()
  await expect(messages(bob)).toBeVisible()
  await expect(messages(ann)).toBeVisible()
  await eve.getByRole('button', { name: 'Enter', exact: true }).click()
  await expect(eve.getByRole('alert')).toContainText('Both seats are taken')
  await expect(ann.getByText('Somebody tried to enter this room')).toBeVisible()
  await ann.reload() // which forgets that somebody knocked
  await expect(messages(ann)).toBeVisible()
  await expect(ann.getByText('Somebody tried to enter this room')).toBeHidden()
  await eve.goto(link)
  await expect(eve.getByRole('alert')).toContainText('Both seats are taken')
  await expect(eve).toHaveURL(/\/\?error=room-full$/)
  await expect(ann.getByText('Somebody tried to enter this room')).toBeVisible()
  await eve.goto(`/room/AAAAAAAAAAAAAAAAAAAAAA#k=${'A'.repeat(43)}`)
  await expect(eve.getByRole('alert')).toContainText('There is no such room')
  await expect(eve).toHaveURL(/\/\?error=room-not-found$/)
  for (const page of [ann, bob, eve]) await page.context().close()
})

test('refresh, back, a new tab and a click on another site keep the seat; two rooms live in one browser', async ({ browser, server }) => {
  const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url)]
  const link = await create(ann)
  await enter(bob, link, 'Bob')
  await write(bob, 'one')
  await expect(messages(bob)).toContainText('Seen')
  await bob.reload()
  await expect(messages(bob)).toContainText('one')
  await expect(messages(bob)).toContainText('Seen')
  await bob.goto('/')
  await bob.goBack()
  await expect(messages(bob)).toContainText('one')
  const tab = await bob.context().newPage()
  await tab.goto(link)
  await expect(messages(tab)).toContainText('one')
  await write(tab, 'two')
  await expect(messages(bob)).toContainText('two')
  // After a refresh the name is the one that was signed with.
  await expect(tab.getByRole('complementary', { name: 'Room' })).toContainText('Bob')

  const other = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(`<a href="${link}">our room</a>`))
  await new Promise<void>((resolve) => other.listen(0, 'localhost', resolve))
  const elsewhere = await bob.context().newPage()
  await elsewhere.goto(`http://localhost:${(other.address() as AddressInfo).port}/`)
  await elsewhere.getByRole('link', { name: 'our room' }).click()
  await expect(messages(elsewhere)).toContainText('two')
  await expect(messages(elsewhere).getByText('two', { exact: true })).toHaveCount(1)
  other.close()

  const second = await create(tab)
  expect(second).not.toBe(link)
  const guest = await stranger(browser, server.url)
  await enter(guest, second)
  await write(guest, 'another room')
  await expect(messages(tab)).toContainText('another room')
  await expect(messages(bob)).not.toContainText('another room')
  for (const page of [ann, bob, guest]) await page.context().close()
})

test('a link without its key, or with a wrong one, takes no seat; a pass phrase is asked for', async ({ browser, server }) => {
  const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url)]
  const link = await create(ann, async () => {
    await ann.getByLabel('Pass phrase (optional)').fill('low tide')
    await ann.getByLabel('Allow files and pictures').uncheck()
  })
  await bob.goto(link.split('#')[0]!)
  await expect(bob.getByRole('heading', { name: 'This link is incomplete' })).toBeVisible()
  await bob.goto('/')
  await bob.goto(`${link.slice(0, -3)}AAA`)
  await expect(bob.getByRole('heading', { name: 'The key of this link does not fit' })).toBeVisible()
  expect(await seatsOf(bob.context(), link)).toMatchObject({ full: false })
  await bob.getByLabel('Were you invited?').fill(link)
  await bob.getByRole('button', { name: 'Join' }).click()
  await bob.getByLabel('Pass phrase').fill('high tide')
  await bob.getByRole('button', { name: 'Enter', exact: true }).click()
  await expect(bob.getByRole('alert')).toContainText('The pass phrase is wrong')
  await bob.getByLabel('Pass phrase').fill('low tide')
  await bob.getByRole('button', { name: 'Enter', exact: true }).click()
  await expect(messages(bob)).toBeVisible()
  for (const page of [ann, bob]) {
    await expect(field(page)).toBeEnabled()
    await expect(page.getByRole('button', { name: 'Attach a file' })).toHaveCount(0)
  }
  for (const page of [ann, bob]) await page.context().close()
})

test('what somebody writes in clear is told to both', async ({ browser, server }) => {
  const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url)]
  const link = await create(ann)
  await enter(bob, link)
  const id = new URL(link).pathname.split('/')[2]
  const sent = await bob.context().request.post(`/api/messages?roomId=${id}`, { data: { sender: 'Bob', text: 'in the open' }, headers: { Origin: server.url } })
  expect(sent.ok()).toBe(true)
  for (const page of [ann, bob]) {
    await expect(page.getByRole('alert').filter({ hasText: 'the server can read it' })).toBeVisible()
    await expect(messages(page)).toContainText('in the open')
    await expect(messages(page)).toContainText('Not end-to-end encrypted')
  }
  for (const page of [ann, bob]) await page.context().close()
})

test('either side ends it by holding, by pointer or key; a short press does nothing', async ({ browser, server }) => {
  const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url)]
  const link = await create(ann)
  await enter(bob, link)
  const button = bob.getByRole('button', { name: 'Hold to destroy' }).filter({ visible: true })
  await button.click()
  await expect(bob.getByRole('alert').filter({ hasText: 'Not destroyed: keep it pressed for a second.' }).first()).toBeVisible()
  await expect(messages(bob)).toBeVisible()
  await button.focus()
  await bob.keyboard.down('Space')
  await expect(bob.getByText('Keep holding…').filter({ visible: true })).toBeVisible()
  await expect(bob.getByRole('heading', { name: 'This room is gone' })).toBeFocused()
  await bob.keyboard.up('Space')
  await expect(bob.getByText('You destroyed it')).toBeVisible()
  await expect(ann.getByText('The other side destroyed it')).toBeVisible()
  await ann.reload()
  await expect(ann.getByRole('alert')).toContainText('The room was destroyed')
  await bob.getByRole('button', { name: 'New room' }).click()
  await expect(bob.getByRole('heading', { name: 'Send this link to one person' })).toBeVisible()
  expect(bob.url()).not.toBe(link)
  for (const page of [ann, bob]) await page.context().close()
})

test('the last minute is told of, writing stays it, and silence ends it', async ({ browser, server }) => {
  test.setTimeout(150_000)
  const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url)]
  await ann.clock.install()
  const link = await create(ann)
  await enter(bob, link)
  await expect(messages(ann)).toBeVisible()
  await ann.clock.fastForward('09:05')
  await expect(ann.getByRole('alert').filter({ hasText: 'Write to stay' })).toBeVisible()
  await write(ann, 'I stay')
  await expect(ann.getByRole('alert').filter({ hasText: 'Write to stay' })).toBeHidden()
  await expect(messages(bob)).toContainText('I stay')

  const short = await create(bob, async () => {
    await bob.getByLabel('How long').fill('1')
    await bob.getByText('at a fixed time').click()
  })
  const begun = Date.now()
  const guest = await stranger(browser, server.url)
  await enter(guest, short)
  await expect(guest.getByText('Then the room ends').filter({ visible: true })).toBeVisible()
  for (const page of [bob, guest]) {
    await expect(page.getByText('Its time was up')).toBeVisible({ timeout: 70_000 })
    await expect(page).toHaveURL(/\/\?expired=true$/)
  }
  expect(Date.now() - begun).toBeGreaterThan(57_000)
  expect(Date.now() - begun).toBeLessThan(64_000)
  for (const page of [ann, bob, guest]) await page.context().close()
})

test('a restart in mid-talk loses no seat and no message, and shows none twice', async ({ browser }) => {
  const server = await Server.start()
  try {
    const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url)]
    const link = await create(ann)
    await enter(bob, link)
    await write(bob, 'before')
    await expect(messages(ann)).toContainText('before')
    await server.kill()
    await expect(ann.getByText('No connection.')).toBeVisible()
    await write(ann, 'meanwhile one')
    await write(ann, 'meanwhile two')
    await expect(messages(ann)).toContainText('Sending')
    await server.up()
    await expect(messages(bob)).toContainText('meanwhile two', { timeout: 20_000 })
    await expect(messages(ann)).not.toContainText('Sending')
    await write(bob, 'after')
    await expect(messages(ann)).toContainText('after')
    for (const page of [ann, bob]) {
      const said = await messages(page).locator('[dir=auto]').allTextContents()
      expect(said).toEqual(['before', 'meanwhile one', 'meanwhile two', 'after'])
    }
    for (const page of [ann, bob]) await page.context().close()
  } finally {
    await server.close()
  }
})

test('rooms in memory take work to make, and a restart ends them for both', async ({ browser }) => {
  const server = await Server.start('--rooms.memory-only', 'on', '--rooms.proof-of-work', '12')
  try {
    const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url)]
    const link = await create(ann)
    await enter(bob, link)
    await write(bob, 'before')
    await expect(messages(ann)).toContainText('before')
    await server.kill()
    await server.up()
    for (const page of [ann, bob]) {
      await expect(page.getByText('The server was restarted at')).toBeVisible({ timeout: 20_000 })
      await expect(page).toHaveURL(/\/\?restarted=true$/)
    }
    await bob.goto(link)
    await expect(bob.getByRole('alert')).toContainText('The server was restarted')
    await bob.getByRole('button', { name: 'How rooms work' }).click()
    await expect(bob.getByRole('dialog')).toContainText('nothing of them is on its disk')
    for (const page of [ann, bob]) await page.context().close()
  } finally {
    await server.close()
  }
})

test('a report shows the administrators what was picked; they end the room and close it', async ({ browser }) => {
  const server = await Server.start('--rooms.abuse-contact', 'abuse@example.org')
  try {
    const admin = await join(browser, server, 'Ada') // the first account is the administrator's
    const [ann, bob] = [await stranger(browser, server.url), await stranger(browser, server.url, { viewport: { width: 360, height: 740 } })]
    await ann.goto('/')
    await expect(ann.getByText('abuse@example.org')).toBeVisible()
    const link = await create(ann)
    await enter(bob, link, 'Bob')
    await write(ann, 'you will be sorry')
    await write(bob, 'my own secret')
    await expect(messages(bob)).toContainText('you will be sorry')
    await expect(messages(ann)).toContainText('my own secret')
    await bob.getByRole('button', { name: 'More actions' }).click()
    await bob.getByRole('dialog').getByRole('button', { name: 'Report abuse' }).click()
    const sheet = bob.getByRole('dialog', { name: 'Report abuse' })
    await expect(sheet.getByRole('button', { name: 'Send to the operator' })).toBeDisabled()
    await expect(sheet).toContainText('abuse@example.org')
    await sheet.getByLabel('What happened?').fill('I am threatened')
    await sheet.getByRole('checkbox', { name: 'you will be sorry' }).check()
    await sheet.getByRole('button', { name: 'Send to the operator' }).click()
    await expect(sheet.getByRole('status')).toContainText('The operator has your report')
    await sheet.getByRole('button', { name: 'Close', exact: true }).last().click()

    await admin.page.goto('/admin')
    const menu = admin.page.getByRole('navigation', { name: 'Administration' })
    await expect(menu.getByText('Open reports: 1')).toBeVisible()
    await expect(menu.getByText('All is well')).toHaveCount(0)
    await menu.getByRole('link', { name: 'Reports 1', exact: true }).click()
    const report = admin.page.getByRole('main').getByRole('listitem').filter({ hasText: 'I am threatened' })
    await expect(report).toContainText('you will be sorry')
    await expect(admin.page.getByRole('main')).not.toContainText('my own secret')
    for (const theme of ['light', 'dark'] as const) {
      await admin.api('PUT', '/api/users/me/settings', { theme })
      await expect(admin.page.locator('html')).toHaveClass(theme === 'dark' ? /dark/ : /^(?!.*dark)/)
      await looksClean(admin.page, `reports ${theme}`)
    }
    await report.getByRole('button', { name: 'End the room' }).click()
    await admin.page.getByRole('alertdialog').getByRole('button', { name: 'End the room' }).click()
    for (const page of [ann, bob]) await expect(page.getByText('The operator of this server ended it')).toBeVisible()
    await expect(report.getByRole('button', { name: 'The room is ended' })).toBeDisabled()
    await report.getByRole('button', { name: 'Mark as handled' }).click()
    await admin.page.getByRole('alertdialog').getByRole('button', { name: 'Mark as handled' }).click()
    await expect(admin.page.getByText('No reports.')).toBeVisible()
    await expect(menu.getByText('All is well')).toBeVisible()
    await expect(menu.getByRole('link', { name: 'Reports', exact: true })).toBeVisible()
    for (const page of [ann, bob, admin.page]) await page.context().close()
  } finally {
    await server.close()
  }
})

test('without rooms the first page is about the chat alone, and says of a room that was there that it is gone', async ({ browser }) => {
  const server = await Server.start('--rooms.enabled', 'off')
  try {
    const ann = await stranger(browser, server.url)
    await ann.goto('/')
    await expect(ann.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(ann.getByRole('link', { name: 'Sign in' }).first()).toBeVisible()
    await expect(ann.getByRole('button', { name: 'Create a disposable room' })).toHaveCount(0)
    await expect(ann.getByLabel('Were you invited?')).toHaveCount(0)
    await ann.goto(`/room/AAAAAAAAAAAAAAAAAAAAAA#k=${'A'.repeat(43)}`)
    await expect(ann.getByRole('alert')).toContainText('There is no such room')
    await expect(ann.getByText('Rooms are switched off on this server.')).toBeVisible()
    await ann.context().close()
  } finally {
    await server.close()
  }
})

test('who made the room frees the second seat, and a new link opens it', async ({ browser, server }) => {
  const [ann, bob, cem] = [await stranger(browser, server.url), await stranger(browser, server.url), await stranger(browser, server.url)]
  const link = await create(ann)
  await enter(bob, link)
  await ann.getByRole('button', { name: 'Free the other seat' }).click()
  await ann.getByRole('group', { name: 'Free the other seat' }).getByRole('button', { name: 'Free the other seat' }).click()
  await expect(bob.getByRole('heading', { name: 'You are out of this room' })).toBeVisible()
  await expect(ann.getByRole('heading', { name: 'Send this link to one person' })).toBeVisible()
  const next = ann.url()
  expect(next).not.toBe(link)
  await cem.goto(link)
  await expect(cem.getByRole('heading', { name: 'The key of this link does not fit' })).toBeVisible()
  await cem.goto('/')
  await enter(cem, next)
  await write(cem, 'hello')
  await expect(messages(ann)).toContainText('hello')
  for (const page of [ann, bob, cem]) await page.context().close()
})

test('who is signed in makes rooms beside the chats and finds them there', async ({ person, server }) => {
  const ines = await person('Ines')
  await ines.page.goto('/chat')
  await ines.page.getByRole('button', { name: 'Rooms' }).filter({ visible: true }).click()
  await expect(ines.page).toHaveURL(/\/rooms$/)
  await expect(ines.page.getByText('None at the moment.')).toBeVisible()
  await ines.page.getByRole('button', { name: 'Create a disposable room' }).click()
  await expect(ines.page.getByRole('heading', { name: 'Send this link to one person' })).toBeVisible()
  const link = ines.page.url()
  await ines.page.goBack()
  const open = ines.page.getByRole('listitem').filter({ hasText: 'Made at' })
  await expect(open).toContainText('1 of 2 seats taken')
  // In the list beside them, too, with how long they are open.
  const listed = ines.page.getByRole('region', { name: 'Disposable rooms' })
  await expect(listed.getByRole('link', { name: /^Room from \d.*\d+ min$/ })).toHaveAttribute('href', new RegExp(`^${new URL(link).pathname}`))
  await ines.page.getByRole('button', { name: 'Messages', exact: true }).filter({ visible: true }).click()
  await ines.page.getByRole('button', { name: 'Rooms' }).filter({ visible: true }).click()
  await ines.page.mouse.move(0, 0)
  for (const colorScheme of ['light', 'dark'] as const) {
    await ines.api('PUT', '/api/users/me/settings', { theme: colorScheme })
    await expect(ines.page.locator('html')).toHaveClass(colorScheme === 'dark' ? /dark/ : /^(?!.*dark)/)
    await looksClean(ines.page, `rooms beside the chats ${colorScheme}`)
  }
  await open.getByRole('link', { name: 'Open' }).click()
  await expect(ines.page).toHaveURL(link)
  await expect(ines.page.getByRole('heading', { name: 'Send this link to one person' })).toBeVisible()
  await ines.page.goBack()
  await listed.getByRole('button', { name: 'Create a room' }).click()
  await expect(ines.page.getByRole('heading', { name: 'Send this link to one person' })).toBeVisible()
  // A room whose key is lost can still be ended by whoever made it.
  ines.page.once('dialog', (dialog) => void dialog.accept())
  await ines.page.goto(`${server.url}/rooms`)
  await expect(ines.page.getByText('Needs the whole link')).toHaveCount(2)
  await ines.page.getByRole('listitem').filter({ hasText: 'Made at' }).first().getByRole('button', { name: 'Destroy' }).click()
  await expect(ines.page.getByText('Needs the whole link')).toHaveCount(1)
  // The states of the lobby are shown to those who are signed in, too.
  await ines.page.goto(`${server.url}/?restarted=true`)
  await expect(ines.page.getByRole('alert')).toContainText('The server was restarted')
  await ines.page.goto(`${server.url}/?error=room-full`)
  await expect(ines.page.getByRole('alert')).toContainText('Both seats are taken')
  await expect(ines.page).toHaveURL(/\/rooms\?error=room-full$/)
  await ines.page.setViewportSize({ width: 360, height: 740 })
  await ines.page.getByRole('navigation', { name: 'Main' }).filter({ visible: true }).getByRole('button', { name: 'Rooms' }).click()
  await expect(ines.page.getByRole('heading', { name: 'Rooms', exact: true })).toBeVisible()
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of [{ width: 1280, height: 800 }, { width: 360, height: 740 }]) {
    test(`every screen is clean: ${colorScheme}, ${viewport.width} wide`, async ({ browser, server }) => {
      test.setTimeout(300_000) // axe looks at fourteen screens
      const look = { colorScheme, viewport }
      const [ann, bob] = [await stranger(browser, server.url, look), await stranger(browser, server.url, look)]
      const clean = async (page: typeof ann, screen: string) => {
        await looksClean(page, screen)
        expect(await page.evaluate(() => document.documentElement.scrollWidth), screen).toBeLessThanOrEqual(viewport.width)
      }
      for (const state of ['', '?error=room-not-found', '?error=room-full', '?destroyed=true', '?expired=true']) {
        await ann.goto(`/${state}`)
        await expect(ann.getByRole('heading', { level: 1 })).toBeVisible()
        await expect(ann.getByRole('alert')).toHaveCount(state ? 1 : 0)
        await clean(ann, `lobby ${state}`)
      }
      const link = await create(ann, async () => {
        await ann.getByLabel('Pass phrase (optional)').fill('low tide')
        await clean(ann, 'options')
      })
      await clean(ann, 'waiting')
      await bob.goto(link.split('#')[0]!)
      await expect(bob.getByRole('heading', { level: 1 })).toBeVisible()
      await clean(bob, 'no key')
      await bob.goto('/')
      await bob.goto(link)
      await expect(bob.getByRole('button', { name: 'Enter', exact: true })).toBeVisible()
      await clean(bob, 'invitation')
      await bob.getByLabel('Pass phrase').fill('low tide')
      await bob.getByRole('button', { name: 'Enter', exact: true }).click()
      await write(bob, 'Here I am, see https://example.org/tide')
      await ann.locator('input[type=file]').setInputFiles([{ name: 'sunset.png', mimeType: 'image/png', buffer: picture(320, 200) }, { name: 'plan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-') }])
      await clean(ann, 'files to be sent')
      await ann.getByRole('button', { name: 'Send', exact: true }).click()
      await expect(messages(bob).getByRole('img', { name: /sunset/ })).toBeVisible()
      await expect(messages(bob)).toContainText('plan.pdf')
      await messages(bob).getByRole('button', { name: /^React to/ }).last().click()
      await bob.getByRole('button', { name: 'React with 👍' }).click()
      await expect(messages(ann).getByRole('img', { name: 'The other side reacted with 👍' })).toBeVisible()
      for (const page of [ann, bob]) await clean(page, 'talk')
      if (viewport.width < 768) {
        await bob.getByRole('button', { name: 'More actions' }).click()
        await clean(bob, 'more')
      }
      await bob.getByRole('button', { name: 'Report abuse' }).filter({ visible: true }).click()
      await expect(bob.getByLabel('What happened?')).toBeVisible()
      await clean(bob, 'report')
      await bob.keyboard.press('Escape')
      await destroy(ann)
      for (const page of [ann, bob]) {
        await expect(page.getByRole('heading', { name: 'This room is gone' })).toBeVisible()
        await clean(page, 'end')
      }
      for (const page of [ann, bob]) await page.context().close()
    })
  }
}
