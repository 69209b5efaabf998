import { composer, direct, expect, group, log, open, say, test } from './people.ts'

test('what is chosen from a message’s menu has the keyboard afterwards', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await open(ann, team)
  await say(ann, 'Shall we sail?')
  const message = log(ann).getByRole('article', { name: /^Ann/ })
  await expect(message.locator('[data-delivery]')).toBeVisible()
  const choose = async (name: string) => {
    await message.hover()
    await message.getByRole('button', { name: 'More actions' }).click()
    await ann.page.getByRole('menuitem', { name, exact: true }).click()
  }

  await choose('Reply')
  await expect(composer(ann)).toBeFocused()
  await expect(ann.page.getByText('Replying to Ann')).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await expect(ann.page.getByText('Replying to Ann')).toBeHidden()

  await choose('Edit')
  await expect(composer(ann)).toBeFocused()
  await ann.page.keyboard.type('!')
  await expect(composer(ann)).toHaveValue('Shall we sail?!')
  await ann.page.keyboard.press('Escape')
  await expect(composer(ann)).toHaveValue('')

  await choose('Forward')
  const dialog = ann.page.getByRole('dialog', { name: 'Forward' })
  await expect(dialog.getByRole('textbox', { name: 'Filter' })).toBeFocused()
  await ann.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(message.getByRole('button', { name: 'More actions' })).toBeFocused()

  await choose('Open thread')
  await expect(ann.page.getByRole('complementary', { name: 'Thread' }).getByRole('textbox')).toBeFocused()
})

test('the same by keys alone', async ({ person }) => {
  const ann = await person('Ann')
  const notes = await direct(ann, ann)
  await open(ann, notes)
  await say(ann, 'one')
  await expect(log(ann).locator('[data-message]')).toHaveCount(1)
  await log(ann).focus()
  await ann.page.keyboard.press('ArrowUp')
  await ann.page.keyboard.press('Shift+F10')
  await ann.page.getByRole('menuitem', { name: 'Edit' }).focus()
  await ann.page.keyboard.press('Enter')
  await expect(composer(ann)).toBeFocused()
  await expect(composer(ann)).toHaveValue('one')
})

test('only one message shows what can be done with it', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  for (const content of ['first', 'second', 'third']) await ann.api('POST', `/api/chat/conversations/${team}/messages`, { content })
  await open(bob, team)
  const messages = log(bob).locator('[data-message]')
  await messages.first().hover()
  await messages.first().getByRole('button', { name: 'More actions' }).click()
  await expect(bob.page.getByRole('menu')).toBeVisible()
  await bob.page.keyboard.press('Escape')
  await expect(bob.page.getByRole('menu')).toBeHidden()
  await messages.last().hover()
  const seen = () => log(bob).getByRole('toolbar').evaluateAll((bars) => bars.filter((bar) => getComputedStyle(bar).opacity === '1').length)
  await expect.poll(seen).toBe(1)
  await log(bob).focus()
  await bob.page.keyboard.press('ArrowUp')
  await bob.page.keyboard.press('ArrowUp')
  await expect.poll(seen).toBe(1)
})

test('a conversation that is opened with the mouse is ready to be written in; on a phone no keyboard comes up', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await direct(ann, bob)
  await ann.page.goto('/chat')
  await ann.page.getByRole('link', { name: 'Bob' }).click()
  await expect(composer(ann)).toBeFocused()

  const cleo = await person('Cleo', { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } })
  await direct(cleo, bob)
  await cleo.page.goto('/chat')
  await cleo.page.getByRole('link', { name: 'Bob' }).tap()
  await expect(composer(cleo)).toBeVisible()
  await expect(composer(cleo)).not.toBeFocused()
})
