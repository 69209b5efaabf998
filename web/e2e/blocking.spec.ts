import { composer, direct, expect, group, log, open, say, test } from './people.ts'

test('somebody is blocked from the details, and let in again from three places', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  const team = await group(ann, 'Harbour', [bob])
  await bob.api('PUT', '/api/chat/presence/status', { status: 'ONLINE', statusMessage: 'at sea', emoji: '⛵' })
  await open(bob, chat)
  await open(ann, chat)
  await ann.page.getByRole('button', { name: 'Details' }).click()
  const details = ann.page.getByRole('complementary', { name: 'Details' })
  await expect(details.getByText(`@${bob.username}`)).toBeVisible()
  await expect(details.getByText('⛵ at sea')).toBeVisible()
  const block = async () => {
    await details.getByRole('button', { name: 'Block' }).click()
    await ann.page.getByRole('alertdialog', { name: 'Block Bob?' }).getByRole('button', { name: 'Block' }).click()
    await expect(ann.page.getByText('You have blocked Bob.')).toBeVisible()
  }
  const free = async () => {
    await expect(composer(ann)).toBeVisible()
    await expect.poll(() => ann.api<unknown[]>('GET', '/api/users/me/blocks')).toEqual([])
  }

  const second = await ann.context.newPage() // another tab of the same browser
  await second.goto(`/chat/${chat}`)
  await expect(second.getByRole('textbox', { name: /^Message / })).toBeVisible()
  await block()
  await expect(second.getByText('You have blocked Bob.')).toBeVisible()
  await second.close()
  await expect(composer(ann)).toHaveCount(0)
  await say(bob, 'Are you there?')
  await expect(log(bob).getByRole('alert')).toContainText('You cannot write to this person.')
  await ann.page.getByRole('main').getByRole('button', { name: 'Unblock' }).click()
  await free()

  await block()
  await ann.page.reload()
  await expect(ann.page.getByText('You have blocked Bob.')).toBeVisible()
  await ann.page.getByRole('button', { name: 'Settings' }).click()
  const settings = ann.page.getByRole('dialog', { name: 'Settings' })
  await expect(settings.getByText('Bob')).toBeVisible()
  await settings.getByRole('button', { name: 'Unblock' }).click()
  await expect(settings.getByText('Nothing here.')).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await free()

  await open(ann, team)
  await ann.page.getByRole('button', { name: 'Details' }).click()
  await details.getByRole('button', { name: 'Actions for Bob' }).click()
  await ann.page.getByRole('menuitem', { name: 'Block' }).click()
  await ann.page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click()
  await expect.poll(() => ann.api<unknown[]>('GET', '/api/users/me/blocks')).toHaveLength(1)
  await details.getByRole('button', { name: 'Actions for Bob' }).click()
  await ann.page.getByRole('menuitem', { name: 'Unblock' }).click()
  await expect.poll(() => ann.api<unknown[]>('GET', '/api/users/me/blocks')).toHaveLength(0)
})

test('a member is removed only after a question', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await open(ann, team)
  await ann.page.getByRole('button', { name: 'Details' }).click()
  const member = ann.page.locator(`[data-member="${bob.id}"]`)
  const remove = async () => {
    await member.getByRole('button', { name: 'Actions for Bob' }).click()
    await ann.page.getByRole('menuitem', { name: 'Remove' }).click()
    return ann.page.getByRole('alertdialog', { name: 'Remove Bob?' })
  }
  await (await remove()).getByRole('button', { name: 'Cancel' }).click()
  await expect(member).toBeVisible()
  await expect(member.getByRole('button', { name: 'Actions for Bob' })).toBeFocused()
  await (await remove()).getByRole('button', { name: 'Remove' }).click()
  await expect(member).toHaveCount(0)
})

test('a channel says who may find it, and its owner can change that', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const { id } = await ann.api<{ id: number }>('POST', '/api/chat/conversations', { name: 'harbour', type: 'CHANNEL', visibility: 'PUBLIC', participantIds: [bob.id] })
  await open(ann, id)
  await open(bob, id)
  for (const p of [ann, bob]) await p.page.getByRole('button', { name: 'Details' }).click()
  await expect(bob.page.getByText('Public channel: anybody can find and join it.')).toBeVisible()
  await expect(bob.page.locator('summary')).toHaveCount(0)
  const details = ann.page.getByRole('complementary', { name: 'Details' })
  await details.locator('summary').click()
  await details.getByText('Invited people', { exact: true }).click()
  await expect(bob.page.getByText('Private channel: only invited people are in it.')).toBeVisible()
})

test('forwarding says where to, and needs a choice', async ({ person }) => {
  const [ann, bob, cleo] = [await person('Ann'), await person('Bob'), await person('Cleo')]
  const chat = await direct(ann, bob)
  await direct(ann, cleo)
  await open(ann, chat)
  await say(ann, 'The tide turns at six')
  const message = log(ann).getByRole('article', { name: /^Ann/ })
  await expect(message.locator('[data-delivery]')).toBeVisible()
  await message.hover()
  await message.getByRole('button', { name: 'Save' }).click()
  await expect(message.getByRole('img', { name: 'saved' })).toBeVisible()
  await message.getByRole('button', { name: 'More actions' }).click()
  await ann.page.getByRole('menuitem', { name: 'Forward' }).click()
  const dialog = ann.page.getByRole('dialog', { name: 'Forward' })
  await expect(dialog.getByRole('button', { name: 'Forward' })).toBeDisabled()
  await dialog.getByRole('checkbox', { name: 'Cleo' }).check()
  await dialog.getByRole('button', { name: 'Forward' }).click()
  await expect(ann.page.getByRole('status').filter({ hasText: 'Forwarded to Cleo' })).toBeVisible()
})
