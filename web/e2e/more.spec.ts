import { composer, direct, expect, group, log, open, say, test } from './people.ts'

test('forward, pin, save and mark unread', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  const team = await group(ann, 'Harbour', [bob])
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'worth keeping' })
  await open(ann, chat)
  const article = log(ann).getByRole('article', { name: /^Bob/ })
  const pick = async (name: string) => {
    await article.hover()
    await article.getByRole('button', { name: 'More actions' }).click()
    await ann.page.getByRole('menuitem', { name, exact: true }).click()
  }
  await pick('Forward')
  await ann.page.getByRole('dialog').getByLabel('Harbour').check()
  await ann.page.getByRole('dialog').getByRole('button', { name: 'Forward' }).click()
  await open(bob, team)
  await expect(log(bob).getByText('worth keeping')).toBeVisible()
  await pick('Pin')
  await expect(article.getByLabel('Pinned')).toBeVisible()
  await ann.page.getByRole('button', { name: '1 pinned message' }).click()
  await expect(ann.page.getByRole('complementary', { name: 'Pinned messages' }).getByText('worth keeping')).toBeVisible()
  await pick('Save')
  await ann.page.getByRole('button', { name: 'Saved', exact: true }).first().click()
  await expect(ann.page.getByRole('dialog').getByText('worth keeping')).toBeVisible()
})

test('presence: online, and offline within 12 seconds of closing the tab', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await ann.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Are you there?' })
  await open(ann, chat)
  await open(bob, chat)
  await expect(ann.page.locator('[data-status=ONLINE]')).toBeVisible()
  await bob.page.close()
  await expect(ann.page.locator('[data-status=OFFLINE]')).toBeVisible({ timeout: 12_000 })
})

test('a mention counts on its own, and a slow conversation says why a message waits', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await bob.page.goto('/chat')
  await ann.api('POST', `/api/chat/conversations/${team}/messages`, { content: `@${bob.username} look` })
  await expect(bob.page.getByRole('link', { name: 'Harbour, 1 mention, 1 unread' })).toBeVisible()
  await open(bob, team)
  await ann.api('PUT', `/api/chat/conversations/${team}`, { whoMayPost: 'ADMINS' })
  await expect(bob.page.getByText('Only admins can post here.')).toBeVisible()
})

test('only a member who is mentioned is marked, and called by name', async ({ person }) => {
  const [ann, bob, eve] = [await person('Ann', { hasTouch: true }), await person('Bob'), await person('Eve')]
  const team = await group(ann, 'Harbour', [bob])
  await ann.api('POST', `/api/chat/conversations/${team}/messages`, { content: `@${bob.username} and @${eve.username} and @nobody` })
  await open(ann, team)
  const marked = log(ann).getByText('@Bob', { exact: true })
  await expect(marked).toBeVisible()
  await marked.hover()
  await expect(ann.page.getByText(`@${bob.username}`, { exact: true })).toBeVisible() // the tip
  await ann.page.mouse.move(0, 0)
  await expect(ann.page.getByRole('tooltip')).toHaveCount(0)
  await marked.tap()
  await expect(ann.page.getByRole('tooltip')).toHaveText(`@${bob.username}`)
  await ann.page.keyboard.press('Escape')
  await expect(ann.page.getByRole('tooltip')).toHaveCount(0)
  await ann.page.keyboard.press('Shift+Tab')
  await ann.page.keyboard.press('Tab')
  await expect(marked).toBeFocused()
  await expect(ann.page.getByRole('tooltip')).toHaveText(`@${bob.username}`)
  await expect(log(ann).getByText(`@${eve.username}`)).toBeVisible() // as it was written
  await expect(log(ann).getByText('@Eve', { exact: true })).toHaveCount(0)
  await expect(log(ann).getByText('@nobody', { exact: true })).toHaveCount(0)
})

test('a message that is refused says why, and can be deleted', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await open(ann, chat)
  await say(ann, 'first')
  await expect(log(ann).locator('[data-delivery]')).toBeVisible()
  await bob.api('PUT', `/api/users/${ann.id}/block`)
  await say(ann, 'refused')
  const alert = log(ann).getByRole('alert')
  await expect(alert).toContainText('Not sent')
  await alert.getByRole('button', { name: 'Delete' }).click()
  await expect(log(ann).getByText('refused')).toHaveCount(0)
  await expect(composer(ann)).toBeVisible()
})
