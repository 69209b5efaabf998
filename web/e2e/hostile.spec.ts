import type { Page } from '@playwright/test'
import { composer, direct, expect, group, log, open, say, test } from './people.ts'

/** Texts that turn what is beside them, and are not alone in what isolates their direction from the rest. */
function turning(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const text = node.textContent ?? ''
      if (!/[\u202Eש]/.test(text)) continue
      let box = node.parentElement!
      const lets = ({ unicodeBidi, display }: CSSStyleDeclaration) => !unicodeBidi.startsWith('isolate') && display === 'inline'
      while (lets(getComputedStyle(box))) box = box.parentElement!
      if (box.textContent !== text) found.push(`${text} in ${box.outerHTML.slice(-300)}`)
    }
    for (const e of document.querySelectorAll('[aria-label], [placeholder], [title]')) for (const name of ['aria-label', 'placeholder', 'title']) if (e.getAttribute(name)?.includes('\u202E')) found.push(e.outerHTML.slice(0, 200))
    return found
  })
}

test('a name or a status cannot turn round what stands beside it', async ({ person }) => {
  const [eve, bob] = [await person('Eve'), await person('Bob')]
  const name = 'Eve ש \u202Enimda'
  await eve.api('PATCH', '/api/users/me', { displayName: name })
  await eve.api('PUT', '/api/chat/presence/status', { status: 'ONLINE', statusMessage: 'at ש \u202Eaes' })
  const team = await group(eve, 'Team ש \u202Exyz', [bob])
  const chat = await direct(eve, bob)
  const sent = await eve.api<{ id: number }>('POST', `/api/chat/conversations/${team}/messages`, { content: 'hello all' })
  await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: 'hello you', parentMessageId: sent.id })
  await eve.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'hello' })
  await open(bob, team)
  await expect(log(bob).getByText('hello you')).toBeVisible()
  await bob.page.getByRole('button', { name: 'Details' }).click()
  await expect(bob.page.locator(`[data-member="${eve.id}"]`)).toBeVisible()
  expect(await turning(bob.page)).toEqual([])
  expect(await bob.page.title()).toContain('Team ש xyz')
  await bob.page.getByRole('button', { name: 'Search in this conversation' }).click()
  await bob.page.getByRole('searchbox').fill('hello')
  await expect(bob.page.getByRole('list', { name: 'Results' }).getByRole('button').first()).toBeVisible()
  expect(await turning(bob.page)).toEqual([])
  await open(eve, chat)
  await open(bob, chat)
  await expect(log(bob).getByText('hello')).toBeVisible()
  await expect(bob.page.locator('[data-status]')).toContainText('aes')
  await composer(eve).pressSequentially('hm')
  await expect(bob.page.locator('[data-typing]')).toContainText('is typing')
  expect(await turning(bob.page)).toEqual([])
  await bob.page.keyboard.press('Control+k')
  await bob.page.getByRole('combobox').fill('hello')
  await expect(bob.page.getByRole('option').filter({ hasText: 'hello all' })).toBeVisible()
  expect(await turning(bob.page)).toEqual([])
})

test('a link shows where it leads', async ({ person }) => {
  const ann = await person('Ann')
  await open(ann, await direct(ann, ann))
  await say(ann, 'https://xn--80ak6aa92e.com/a and https://аррӏе.com/b and https://example.org/%E2%80%AEgpj.exe and [safe\u202Egro.elpmaxe](https://example.net)')
  const links = log(ann).locator('[data-message] a')
  await expect(links).toHaveText(['https://xn--80ak6aa92e.com/a', 'https://xn--80ak6aa92e.com/b', 'https://example.org/%E2%80%AEgpj.exe', 'safegro.elpmaxe'])
})

test('a heart is one reaction, with and without a variation selector', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  const { id } = await ann.api<{ id: number }>('POST', `/api/chat/conversations/${team}/messages`, { content: 'love it' })
  await ann.api('POST', `/api/chat/messages/${id}/reactions`, { emoji: '\u2764' })
  await bob.api('POST', `/api/chat/messages/${id}/reactions`, { emoji: '\u2764\uFE0F' })
  await open(bob, team)
  const heart = log(bob).getByRole('button', { name: /2 reactions/ })
  await expect(heart).toHaveAttribute('aria-pressed', 'true')
  await heart.click()
  const one = log(bob).getByRole('button', { name: /1 reaction/ })
  await expect(one).toHaveAttribute('aria-pressed', 'false')
  await expect.poll(async () => (await bob.api<{ reactionSummary: object }>('GET', `/api/chat/messages/${id}`)).reactionSummary).toEqual({ '\u2764': 1 })
  await log(bob).getByRole('article', { name: /^Ann/ }).hover()
  await log(bob).getByRole('button', { name: 'React with ❤️' }).click()
  await expect(log(bob).getByRole('button', { name: /2 reactions/ })).toHaveAttribute('aria-pressed', 'true')
})

test('a reaction keeps what happened to the message meanwhile', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  const { id } = await ann.api<{ id: number }>('POST', `/api/chat/conversations/${team}/messages`, { content: 'before' })
  await open(bob, team)
  let answer: () => void = () => undefined
  const held = new Promise<void>((resolve) => (answer = resolve))
  await bob.page.route('**/reactions', async (route) => {
    const response = await route.fetch()
    await held
    await route.fulfill({ response })
  })
  await log(bob).getByText('before').hover()
  const answered = bob.page.waitForResponse('**/reactions')
  await log(bob).getByRole('button', { name: 'React with 👍' }).click()
  await ann.api('PUT', `/api/chat/messages/${id}`, { content: 'after' })
  await expect(log(bob).getByText('after')).toBeVisible()
  answer()
  await answered
  await expect(log(bob).getByRole('button', { name: '👍, 1 reaction' })).toBeVisible()
  await bob.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  await expect(log(bob).getByText('after')).toBeVisible()
})

test('earlier versions are for the author and the admins; for others “edited” is only a word', async ({ person }) => {
  const [ann, bob, cleo] = [await person('Ann'), await person('Bob'), await person('Cleo')]
  const team = await group(ann, 'Harbour', [bob, cleo])
  const { id } = await bob.api<{ id: number }>('POST', `/api/chat/conversations/${team}/messages`, { content: 'at noon' })
  await bob.api('PUT', `/api/chat/messages/${id}`, { content: 'at one' })
  await open(cleo, team)
  await expect(log(cleo).getByText('edited')).toBeVisible()
  await expect(log(cleo).getByRole('button', { name: 'edited' })).toHaveCount(0)
  for (const p of [ann, bob]) {
    await open(p, team)
    await log(p).getByRole('button', { name: 'edited' }).click()
    await expect(p.page.getByRole('dialog', { name: 'Edit history' }).getByText('at noon')).toBeVisible()
  }
})
