import { AxeBuilder } from '@axe-core/playwright'
import { direct, expect, log, open, test, type Person } from './people.ts'

async function populated(ann: Person, bob: Person): Promise<number> {
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Are the **boats** back? `yes` https://example.org' })
  await ann.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'All of them' })
  return chat
}

const put = (p: Person, settings: object) => p.api('PUT', '/api/users/me/settings', settings)

for (const scheme of ['light', 'dark'] as const) {
  test(`high contrast reads well, ${scheme}`, async ({ person }) => {
    const [ann, bob] = [await person('Ann', { colorScheme: scheme }), await person('Bob')]
    const chat = await populated(ann, bob)
    await put(ann, { theme: 'contrast' })
    await open(ann, chat)
    await expect(ann.page.locator('html')).toHaveClass(scheme === 'dark' ? /dark.*contrast|contrast.*dark/ : /contrast/)
    await expect(log(ann).getByText('All of them')).toBeVisible()
    const { violations } = await new AxeBuilder({ page: ann.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'wcag2aaa']).analyze()
    expect(violations.filter((v) => v.id.startsWith('color-contrast')).flatMap((v) => v.nodes.map((n) => n.html))).toEqual([])
    await ann.page.goto('about:blank')
    await ann.page.goto('/chat', { waitUntil: 'commit' })
    await expect(ann.page.locator('html')).toHaveClass(/contrast/) // before the app has run
  })
}

test('text grows with its setting, on another device too, and nothing is cut at 360 pixels', async ({ person, browser, server }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await populated(ann, bob)
  await open(ann, chat)
  const context = await browser.newContext({ baseURL: server.url, storageState: await ann.context.storageState(), viewport: { width: 360, height: 640 } })
  const phone = await context.newPage()
  await phone.goto(`/chat/${chat}`)
  const text = phone.getByRole('log', { name: /^Messages in/ }).getByText('All of them')
  const height = async () => (await text.boundingBox())!.height
  const before = await height()
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await ann.page.getByRole('dialog').getByText('Larger', { exact: true }).click()
  await expect.poll(height).toBeGreaterThan(before * 1.2)
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  await context.close()
})

test('a theme of one\'s own is made, refused where it cannot be read, shared and taken', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await ann.page.goto('/chat')
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  const dialog = ann.page.getByRole('dialog')
  await dialog.getByText('My own', { exact: true }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('Sunset')
  await dialog.getByLabel('bubble-own', { exact: true }).fill('#ffe0b0')
  await expect(dialog.getByRole('list', { name: 'Hard to read' })).toContainText('bubble-own-foreground on bubble-own')
  await expect(dialog.getByRole('button', { name: 'Save' }).last()).toBeDisabled()
  await dialog.getByLabel('bubble-own-foreground').fill('#301800')
  await expect(dialog.getByRole('list', { name: 'Hard to read' })).toHaveCount(0)
  await dialog.getByText('Share', { exact: true }).click()
  const shared = await dialog.getByLabel('This theme').inputValue()
  const before = ann.page.locator('html')
  await dialog.getByRole('button', { name: 'Cancel' }).last().click()
  await expect(before).not.toHaveAttribute('style', /bubble-own/)

  await bob.page.goto('/chat')
  await bob.page.getByRole('button', { name: 'Settings', exact: true }).click()
  const his = bob.page.getByRole('dialog')
  await his.getByText('My own', { exact: true }).click()
  await his.getByText('Share', { exact: true }).click()
  await his.getByLabel("Somebody else's theme").fill('{"name":"x","base":"light","tokens":{"primary":"url(//evil)"}}')
  await his.getByRole('button', { name: 'Take it' }).click()
  await expect(his.getByRole('alert')).toHaveText('primary is no colour.')
  await his.getByLabel("Somebody else's theme").fill(shared)
  await his.getByRole('button', { name: 'Take it' }).click()
  await expect(his.getByLabel('Name', { exact: true })).toHaveValue('Sunset')
  const saved = bob.page.waitForResponse((r) => r.url().endsWith('/api/users/me/settings') && r.request().method() === 'PUT')
  await his.locator('div', { has: bob.page.getByLabel('Name', { exact: true }) }).getByRole('button', { name: 'Save' }).last().click()
  expect((await saved).ok()).toBe(true)
  await bob.page.reload()
  await expect(bob.page.locator('html')).toHaveAttribute('style', /--bubble-own: #ffe0b0/)
})
