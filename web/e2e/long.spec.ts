import { composer, expect, group, log, open, password, test, type Person } from './people.ts'

// Lists that are longer than what the server answers at once.

/** People without a browser. */
async function crowd(url: string, n: number): Promise<{ id: number; name: string }[]> {
  const stamp = Date.now().toString(36)
  return Promise.all(Array.from({ length: n }, async (_, i) => {
    const name = `Member ${String(i).padStart(2, '0')}`
    const body = JSON.stringify({ username: `m${stamp}.${i}`, password, displayName: name })
    const response = await fetch(`${url}/api/auth/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    const { data } = (await response.json()) as { data: { user: { id: number } } }
    return { id: data.user.id, name }
  }))
}

const say = (p: Person, chat: number, content: string, more: object = {}) =>
  p.api<{ id: number }>('POST', `/api/chat/conversations/${chat}/messages`, { content, ...more })

test('a large group shows all its members, completes all their names, and counts who leaves', async ({ person, server }) => {
  const ann = await person('Ann')
  const members = await crowd(server.url, 70)
  const team = (await ann.api<{ id: number }>('POST', '/api/chat/conversations', { name: 'Fleet', participantIds: members.map((m) => m.id) })).id
  await open(ann, team)
  await ann.page.getByRole('button', { name: '71 members' }).click()
  const panel = ann.page.getByRole('complementary', { name: 'Details' })
  await expect(panel.locator('[data-member]')).toHaveCount(50)
  await panel.getByRole('button', { name: 'Show more' }).click()
  await expect(panel.locator('[data-member]')).toHaveCount(71)
  await panel.getByLabel('Find members').fill('member 69')
  await expect(panel.locator('[data-member]')).toHaveCount(1)
  await composer(ann).pressSequentially('@69')
  await expect(ann.page.getByRole('listbox').getByRole('option')).toHaveText(/Member 69/)
  await ann.api('DELETE', `/api/chat/conversations/${team}/participants/${members[69]!.id}`)
  await expect(ann.page.getByRole('button', { name: '70 members' })).toBeVisible()
})

test('a long thread opens at its end, goes back to its beginning, and shows changes of old replies', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  const root = await say(ann, team, 'What is in the hold?')
  const replies = []
  for (let i = 1; i <= 120; i++) replies.push(await say(bob, team, `crate ${i}`, { parentMessageId: root.id }))
  for (let i = 1; i <= 60; i++) await say(bob, team, `noise ${i}`)
  await ann.page.goto(`/chat/${team}/${root.id}`)
  await log(ann).locator(`[data-message="${root.id}"]`).getByRole('button', { name: /120 replies/ }).click()
  const thread = ann.page.getByRole('complementary', { name: 'Thread' })
  await expect(thread.getByText('crate 120', { exact: true })).toBeInViewport()
  await expect(thread.getByText('crate 1', { exact: true })).toHaveCount(0)
  await thread.getByRole('button', { name: 'Earlier replies' }).click()
  await expect(thread.getByText('crate 1', { exact: true })).toHaveCount(1)
  await expect(thread.getByRole('button', { name: 'Earlier replies' })).toHaveCount(0)
  // The conversation itself shows none of these.
  await bob.api('PUT', `/api/chat/messages/${replies[2]!.id}`, { content: 'crate 3 is empty' })
  await expect(thread.getByText('crate 3 is empty')).toHaveCount(1)
  await bob.api('POST', `/api/chat/messages/${replies[3]!.id}/reactions`, { emoji: '⚓' })
  await expect(thread.getByRole('button', { name: /⚓/ })).toHaveCount(1)
  await bob.api('DELETE', `/api/chat/messages/${replies[4]!.id}`)
  await expect(thread.getByText('crate 5', { exact: true })).toHaveCount(0)
  await say(bob, team, 'crate 121', { parentMessageId: root.id })
  await expect(thread.getByText('crate 121')).toHaveCount(1)
  await thread.getByRole('textbox').fill('Thank you')
  await thread.getByRole('textbox').press('Enter')
  await expect(thread.getByText('Thank you')).toBeInViewport()
})

test('searches and saved messages go on after their first page', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  const said = []
  for (let i = 1; i <= 70; i++) said.push(await say(bob, team, `lantern ${i}`))
  for (const m of said) await ann.api('PUT', `/api/chat/bookmarks/${m.id}`)
  // The index is filled behind the log (docs/search.md).
  await expect.poll(() => ann.api<unknown[]>('GET', '/api/chat/search?query=lantern&limit=50')).toHaveLength(50)
  await open(ann, team)
  await ann.page.keyboard.press('Control+k')
  await ann.page.getByRole('combobox').fill('lantern')
  const found = ann.page.getByRole('listbox', { name: 'Results' }).getByRole('group', { name: 'Messages' })
  const hits = found.getByRole('option', { name: /lantern \d+/ })
  await expect(hits).toHaveCount(30)
  await found.getByRole('option', { name: 'Show more' }).click()
  await expect(hits).toHaveCount(60)
  await found.getByRole('option', { name: 'Show more' }).click()
  await expect(hits).toHaveCount(70)
  await expect(found.getByRole('option', { name: 'Show more' })).toHaveCount(0)
  await ann.page.keyboard.press('Escape')

  await ann.page.getByRole('button', { name: 'Search in this conversation' }).click()
  const panel = ann.page.getByRole('complementary', { name: 'Search in this conversation' })
  await panel.getByRole('searchbox').fill('lantern')
  await expect(panel.getByRole('button', { name: /lantern \d+/ })).toHaveCount(50)
  await panel.getByRole('button', { name: 'Show more' }).click()
  await expect(panel.getByRole('button', { name: /lantern \d+/ })).toHaveCount(70)

  await ann.page.getByRole('button', { name: 'Saved', exact: true }).first().click()
  const dialog = ann.page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: /lantern 70$/ })).toBeVisible()
  while (await dialog.getByRole('button', { name: 'Show more' }).count()) {
    const before = await dialog.getByRole('button', { name: /lantern \d+/ }).count()
    await dialog.getByRole('button', { name: 'Show more' }).click()
    await expect(dialog.getByRole('button', { name: /lantern \d+/ })).not.toHaveCount(before)
  }
  await expect(dialog.getByRole('button', { name: /lantern \d+/ })).toHaveCount(70)
})
