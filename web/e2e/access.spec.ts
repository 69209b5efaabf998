import { readFileSync } from 'node:fs'
import AxeBuilder from '@axe-core/playwright'
import { direct, expect, group, log, open, test, type Person } from './people.ts'
import type { Page } from '@playwright/test'

async function clean(page: Page, what: string) {
  const { violations } = await new AxeBuilder({ page: page as never }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  expect(violations.map((v) => `${what}: ${v.id} ${v.nodes.map((n) => n.html.slice(0, 140)).join(' | ')}`)).toEqual([])
}

async function talk(ann: Person, bob: Person) {
  const chat = await direct(ann, bob)
  const team = await group(ann, 'Harbour', [bob])
  for (const id of [chat, team]) {
    const { id: first } = await bob.api<{ id: number }>('POST', `/api/chat/conversations/${id}/messages`, { content: `Hello @${ann.username}, see \`this\`:\n\`\`\`go\nreturn nil // done\n\`\`\`` })
    await ann.api('POST', `/api/chat/messages/${first}/reactions`, { emoji: '👍' })
    await ann.api('POST', `/api/chat/conversations/${id}/messages`, { content: 'I see', parentMessageId: first })
    await bob.api('POST', `/api/chat/conversations/${id}/messages`, { content: 'Good' })
  }
  return { chat, team }
}

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the screens before signing in, in ${theme}`, async ({ browser, server }) => {
    const outside = await browser.newContext({ baseURL: server.url, colorScheme: theme, reducedMotion: 'reduce' })
    const page = await outside.newPage()
    for (const path of ['/', '/sign-in', '/sign-up']) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await clean(page, path)
    }
    await outside.close()
  })

  test(`axe finds nothing in conversations and what stands beside them, in ${theme}`, async ({ person }) => {
    const [ann, bob] = [await person('Ann'), await person('Bob')]
    const { chat, team } = await talk(ann, bob)
    await ann.api('PUT', '/api/users/me/settings', { theme })
    for (const id of [chat, team]) {
      await open(ann, id)
      await expect(log(ann).getByText('Good')).toBeVisible()
      await clean(ann.page, `conversation ${theme}`)
    }
    await log(ann).getByRole('button', { name: '1 reply' }).click()
    await expect(ann.page.getByRole('complementary', { name: 'Thread' })).toBeVisible()
    await clean(ann.page, 'thread')
    await ann.page.getByRole('button', { name: 'Details' }).click()
    await expect(ann.page.getByRole('list', { name: 'Members' })).toBeVisible()
    await clean(ann.page, 'details')
    await ann.page.getByRole('button', { name: 'Search in this conversation' }).click()
    await ann.page.getByRole('searchbox').fill('good')
    await expect(ann.page.getByRole('list', { name: 'Results' }).getByText('Good')).toBeVisible()
    await clean(ann.page, 'search')
  })

  test(`axe finds nothing in dialogs, in ${theme}`, async ({ person }) => {
    const [ann, bob] = [await person('Ann'), await person('Bob')]
    await talk(ann, bob)
    await ann.api('PUT', '/api/users/me/settings', { theme })
    await ann.page.goto('/chat')
    for (const name of ['Settings', 'Keyboard shortcuts', 'New message', 'Channels', 'Saved']) {
      await ann.page.getByRole('button', { name, exact: true }).first().click()
      await expect(ann.page.getByRole('dialog')).toBeVisible()
      await clean(ann.page, name)
      await ann.page.keyboard.press('Escape')
    }
    await ann.page.keyboard.press('Control+k')
    await expect(ann.page.getByRole('combobox')).toBeFocused()
    await clean(ann.page, 'jump')
  })

  test(`axe finds nothing on a phone, in ${theme}`, async ({ person }) => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
    const [ann, bob] = [await person('Ann', phone), await person('Bob')]
    const { chat, team } = await talk(ann, bob)
    await ann.api('PUT', '/api/users/me/settings', { theme })
    await ann.page.goto('/chat')
    await expect(ann.page.getByRole('link', { name: /^Harbour/ })).toBeVisible()
    await clean(ann.page, 'list')
    for (const id of [chat, team]) {
      await open(ann, id)
      await expect(log(ann).getByText('Good')).toBeVisible()
      await clean(ann.page, 'conversation')
    }
    // Nothing is wider than the screen.
    expect(await ann.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  })
}

test('everything that is loaded comes from the server, and no policy is broken', async ({ person, server }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const { chat } = await talk(ann, bob)
  const foreign: string[] = []
  const complaints: string[] = []
  ann.page.on('request', (r) => !r.url().startsWith(server.url) && !/^(blob|data):/.test(r.url()) && foreign.push(r.url()))
  ann.page.on('console', (c) => /Content Security Policy/i.test(c.text()) && complaints.push(c.text()))
  ann.page.on('pageerror', (e) => complaints.push(e.message))
  await open(ann, chat)
  await ann.page.getByRole('button', { name: 'Emoji' }).click()
  await ann.page.getByLabel('Search emoji').fill('sail')
  await expect(ann.page.getByRole('button', { name: 'sailboat' })).toBeVisible()
  expect(foreign).toEqual([])
  expect(complaints).toEqual([])
})

test('the keyboard reaches conversations and regions', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const { chat, team } = await talk(ann, bob)
  await open(ann, team)
  await ann.page.keyboard.press('Alt+ArrowDown')
  await expect(ann.page).toHaveURL(new RegExp(`/chat/${chat}$`))
  await ann.page.keyboard.press('Control+k')
  await expect(ann.page.getByRole('combobox')).toBeFocused()
  await ann.page.keyboard.type('harb')
  await ann.page.keyboard.press('Enter')
  await expect(ann.page).toHaveURL(new RegExp(`/chat/${team}$`))
  await ann.page.keyboard.press('F6')
  await expect.poll(() => ann.page.evaluate(() => document.activeElement?.closest('[data-region]')?.getAttribute('data-region'))).toBeTruthy()
})

test('the types of the client are those of the server', async ({ server }) => {
  const now: unknown = await (await fetch(`${server.url}/api/openapi.json`)).json()
  const ours: unknown = JSON.parse(readFileSync(new URL('../sdk/openapi.json', import.meta.url), 'utf8'))
  const strip = (doc: unknown) => ({ ...(doc as object), info: null, servers: null })
  expect(strip(ours)).toEqual(strip(now))
})
