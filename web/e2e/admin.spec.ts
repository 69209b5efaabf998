import AxeBuilder from '@axe-core/playwright'
import { expect, group, join, open, test } from './people.ts'
import { Server } from './server.ts'

test('an administrator sees figures and people, keeps somebody out, invites, and all of it is written down', async ({ browser }) => {
  test.setTimeout(180_000)
  const server = await Server.start()
  try {
    const [ann, bob] = [await join(browser, server, 'Ann'), await join(browser, server, 'Bob')] // the first account is the administrator's
    const team = await group(bob, 'Harbour', [ann])
    for (let i = 0; i < 3; i++) await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: `tide ${i}` })
    const { page } = ann
    await open(ann, team)
    await page.getByRole('button', { name: 'Administration' }).click()
    const menu = page.getByRole('navigation', { name: 'Administration' })
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
    // The figures are counted behind the log.
    await expect.poll(async () => {
      await page.reload()
      const figure = page.getByRole('region', { name: 'Messages, 30 days' })
      await expect(figure).toBeVisible()
      return figure.getByText('3', { exact: true }).count()
    }, { timeout: 40_000 }).toBe(1)
    await expect(page.getByRole('figure', { name: 'Messages per day' })).toBeVisible()
    for (const theme of ['light', 'dark'] as const) {
      await ann.api('PUT', '/api/users/me/settings', { theme })
      await expect(page.locator('html')).toHaveClass(theme === 'dark' ? /dark/ : /^(?!.*dark)/)
      for (const name of ['Overview', 'Users', 'Groups and channels', 'Invitations', 'Settings of the server', 'Audit log', 'Health']) {
        await menu.getByRole('link', { name: new RegExp(`^${name}`) }).click()
        await expect(page.getByRole('heading', { name, level: 2 })).toBeVisible()
        const { violations } = await new AxeBuilder({ page: page as never }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
        expect(violations.map((v) => `${name} ${theme}: ${v.id} ${v.nodes.map((n) => n.html.slice(0, 140)).join(' | ')}`)).toEqual([])
      }
    }

    await open(bob, team)
    await menu.getByRole('link', { name: /^Users/ }).click()
    const row = page.getByRole('row', { name: /Bob/ })
    await row.getByRole('button', { name: 'Actions for Bob' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click()
    await expect(row).toContainText('Disabled')
    await expect(bob.page.getByRole('heading', { level: 1 })).toBeVisible() // signed out
    await row.getByRole('button', { name: 'Actions for Bob' }).click()
    await page.getByRole('menuitem', { name: 'Enable' }).click()
    await expect(row).toContainText('Active')

    await menu.getByRole('link', { name: 'Settings of the server' }).click()
    const saved = page.waitForResponse((r) => r.url().endsWith('/api/admin/settings/registration') && r.request().method() === 'PUT')
    await page.getByLabel('Who may create an account').selectOption({ label: 'People with an invitation' })
    expect((await saved).ok()).toBe(true)
    await menu.getByRole('link', { name: /^Invitations/ }).click()
    await page.getByRole('button', { name: 'Create' }).click()
    const link = new URL((await page.getByRole('status').locator('code').textContent())!)
    const stranger = await browser.newPage()
    await stranger.goto(server.url + link.pathname + link.search)
    await expect(stranger.getByLabel('Username')).toBeVisible()
    await stranger.close()

    await menu.getByRole('link', { name: /^Groups/ }).click()
    await expect(page.getByRole('row', { name: /Harbour/ })).toContainText('Bob')
    await menu.getByRole('link', { name: 'Audit log' }).click()
    await expect(page.getByRole('table')).toContainText('user.disabled')
    await expect(page.getByRole('table')).toContainText('setting.changed')
    await expect(page.getByRole('table')).toContainText('invitation.created')
    await menu.getByRole('link', { name: 'Health' }).click()
    await expect(page.getByRole('region', { name: 'Consumers of the log' })).toContainText('search')

    await bob.page.goto('/admin')
    await expect(bob.page).toHaveURL(/\/(chat|sign-in)/)
    for (const p of [ann, bob]) await p.context.close()
  } finally {
    await server.close()
  }
})
