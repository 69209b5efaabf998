import { composer, direct, expect, group, log, open, say, test } from './people.ts'
import { picture } from './picture.ts'

const file = { name: 'map.png', mimeType: 'image/png', buffer: picture(64, 48) }

test('a caption completes names and emoji, and a thread takes files', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  const { id } = await bob.api<{ id: number }>('POST', `/api/chat/conversations/${team}/messages`, { content: 'Which way?' })
  await open(ann, team)
  await log(ann).getByText('Which way?').hover()
  await log(ann).getByRole('button', { name: 'More actions' }).click()
  await ann.page.getByRole('menuitem', { name: 'Open thread' }).click()
  const thread = ann.page.getByRole('complementary', { name: 'Thread' })
  await thread.locator('input[type=file]').first().setInputFiles(file)
  const dialog = ann.page.getByRole('dialog', { name: /^Send/ })
  const caption = dialog.getByLabel('Caption')
  await caption.pressSequentially('this way @bo')
  await expect(dialog.getByRole('option', { name: 'Bob' })).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await expect(dialog.getByRole('option')).toHaveCount(0)
  await expect(caption).toBeVisible()
  await caption.pressSequentially('b')
  await ann.page.keyboard.press('Tab')
  await expect(caption).toHaveValue(`this way @${bob.username} `)
  await ann.page.keyboard.press('Enter')
  await expect(thread.getByRole('button', { name: 'View map' }).or(thread.locator('button img')).first()).toBeVisible()
  await expect(thread.getByText('this way')).toBeVisible()
  await expect.poll(async () => (await bob.api<{ replyCount: number }>('GET', `/api/chat/messages/${id}`)).replyCount).toBe(1)
})

test('a very long message is folded, and pinned ones stay within their panel', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  const { id } = await ann.api<{ id: number }>('POST', `/api/chat/conversations/${team}/messages`, { content: `${'line\n'.repeat(60)}${'x'.repeat(400)} the end` })
  await ann.api('PUT', `/api/chat/messages/${id}/pin`)
  await open(bob, team)
  const message = log(bob).locator(`[data-message="${id}"]`)
  const more = message.getByRole('button', { name: 'Show more' })
  await expect(more).toBeVisible()
  expect((await message.boundingBox())!.height).toBeLessThan(450)
  await more.click()
  await expect(message.getByRole('button', { name: 'Show less' })).toBeVisible()
  expect((await message.boundingBox())!.height).toBeGreaterThan(1_000)
  await bob.page.getByRole('button', { name: '1 pinned message' }).click()
  const panel = bob.page.getByRole('complementary', { name: 'Pinned messages' })
  await expect(panel.getByRole('listitem')).toBeVisible()
  expect(await panel.getByRole('list').evaluate((list) => list.scrollWidth <= list.clientWidth)).toBe(true)
})

test('pictures that could not be loaded are tried again when the network is back, and one line says that it is away', async ({ person, server }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const form = { file: { ...file, name: 'face.png' } }
  const put = await bob.context.request.put('/api/users/me/avatar', { multipart: form, headers: { Origin: server.url } })
  expect(put.ok()).toBe(true)
  const chat = await direct(ann, bob)
  const other = await direct(ann, ann)
  let away = true
  await ann.page.route('**/api/chat/attachments/**', (route) => (away ? route.abort() : route.continue()))
  await open(ann, other)
  const face = ann.page.locator(`[data-conversation="${chat}"] img`)
  await expect(ann.page.locator(`[data-conversation="${chat}"]`)).toContainText('B')
  await expect(face).toHaveCount(0)
  await ann.context.setOffline(true)
  await ann.page.getByRole('link', { name: /^Bob/ }).click()
  await expect(ann.page.locator('[data-network]')).toBeVisible()
  await expect(ann.page.getByText('The server cannot be reached')).toHaveCount(0)
  away = false
  await ann.context.setOffline(false)
  await expect(face.first()).toBeAttached()
})

test('the key for the palette is the one of this keyboard', async ({ person }) => {
  const ann = await person('Ann')
  await ann.page.goto('/chat')
  await expect(ann.page.getByRole('button', { name: /^Search or jump to/ }).getByText('Ctrl K')).toBeVisible()
  const mac = await person('Mac', { userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36' })
  await mac.page.goto('/chat')
  await expect(mac.page.getByRole('button', { name: /^Search or jump to/ }).getByText('⌘K')).toBeVisible()
})

test('the day above the messages is gone when nothing moves', async ({ person }) => {
  const ann = await person('Ann')
  const notes = await direct(ann, ann)
  for (let i = 0; i < 40; i++) await ann.api('POST', `/api/chat/conversations/${notes}/messages`, { content: `line ${i}` })
  await open(ann, notes)
  await expect(log(ann).getByText('line 39')).toBeVisible()
  await log(ann).hover()
  await ann.page.mouse.wheel(0, -200)
  const day = ann.page.locator('main').getByText('Today')
  await expect(day.first()).toBeVisible()
  await expect(day).toHaveCount(0)
  await say(ann, 'more')
  await expect(composer(ann)).toHaveValue('')
})
