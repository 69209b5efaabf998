import { direct, expect, group, log, open, test } from './people.ts'

test('the palette finds conversations, people, messages and commands, by keyboard alone', async ({ person }) => {
  const [ann, bob, eve] = [await person('Ann'), await person('Bob'), await person('Evelyn')]
  const harbour = await group(ann, 'Harbour', [bob])
  await group(ann, 'Poster', [bob])
  const chat = await direct(ann, bob)
  const said = await bob.api<{ id: number }>('POST', `/api/chat/conversations/${chat}/messages`, { content: 'The lantern is in the cellar' })
  await expect.poll(() => ann.api<unknown[]>('GET', '/api/chat/search?query=lantern')).toHaveLength(1) // the index is filled behind the log
  await ann.page.goto('/chat')
  const { keyboard } = ann.page
  await expect(ann.page.getByRole('link', { name: /Harbour/ })).toBeVisible()
  const chosen = ann.page.getByRole('option', { selected: true })
  const ask = async (words: string) => {
    await keyboard.press('Control+k')
    await expect(ann.page.getByRole('combobox')).toBeFocused()
    await keyboard.type(words)
  }
  await ask('harb')
  await expect(chosen).toHaveText(/Harbour/)
  await keyboard.press('Enter')
  await expect(ann.page).toHaveURL(`/chat/${harbour}`)

  await ask('evel')
  await expect(chosen).toHaveText(new RegExp(`Evelyn.*@${eve.username}`))
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('heading', { name: 'Evelyn' })).toBeVisible()

  await ask('lantern')
  await expect(chosen).toHaveText(/The lantern is in the cellar/)
  await keyboard.press('Enter')
  await expect(ann.page).toHaveURL(`/chat/${chat}/${said.id}`)
  await expect(log(ann).getByText('The lantern')).toBeVisible()

  await ask('>theme dark')
  await expect(chosen).toHaveText('Theme: Dark')
  await keyboard.press('Enter')
  await expect(ann.page.locator('html')).toHaveClass(/dark/)

  await ask('>new gr')
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('dialog', { name: 'New group' })).toBeVisible()
  await keyboard.press('Escape')

  await ask('')
  await keyboard.press('ArrowUp') // round to the last
  await expect(chosen).toHaveCount(1)
  await keyboard.press('ArrowDown')
  await expect(ann.page.getByRole('combobox')).toHaveAttribute('aria-activedescendant', 'palette-0')
  await keyboard.press('Escape')
  await expect(ann.page.getByRole('dialog')).toHaveCount(0)
})

test('notifications can be turned to mentions only', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await open(ann, team)
  await ann.page.getByRole('button', { name: '2 members' }).click()
  await ann.page.getByRole('complementary').getByText('Mentions', { exact: true }).click()
  await expect.poll(async () => (await ann.api<{ notificationLevel: string }>('GET', `/api/chat/conversations/${team}`)).notificationLevel).toBe('MENTIONS')
})
