import { composer, direct, expect, group, log, open, test } from './people.ts'

test('a voice message is recorded, heard before it is sent, and played by the other', async ({ person }) => {
  const [ann, bob] = [await person('Ann', { permissions: ['microphone'] }), await person('Bob')]
  const chat = await direct(ann, bob)
  await open(ann, chat)
  await open(bob, chat)
  await ann.page.getByRole('button', { name: 'Record a voice message' }).click()
  const recorder = ann.page.getByRole('group', { name: 'Voice message' })
  await expect(recorder.getByRole('timer')).toHaveText('0:02')
  await recorder.getByRole('button', { name: 'Stop and listen' }).click()
  await recorder.getByRole('button', { name: 'Play Voice message' }).click()
  await expect(recorder.getByRole('button', { name: 'Pause Voice message' })).toBeVisible()
  await recorder.getByRole('button', { name: 'Send voice message' }).click()

  const heard = log(bob).getByRole('button', { name: /^Play Voice message from Ann/ })
  await heard.click()
  await expect(log(bob).getByRole('button', { name: /^Pause/ })).toBeVisible()
  const place = log(bob).getByRole('slider')
  await expect(place).toHaveAttribute('aria-valuemax', /^[2-4]$/)
  await log(bob).getByRole('button', { name: 'Speed 1' }).click()
  await expect(log(bob).getByRole('button', { name: 'Speed 1.5' })).toBeVisible()
  const message = (await bob.api<{ attachments: { durationMs: number; peaks: number[] }[] }[]>('GET', `/api/chat/conversations/${chat}/messages`)).at(-1)!
  expect(message.attachments[0]!.peaks).toHaveLength(48)
  expect(Math.max(...message.attachments[0]!.peaks)).toBeGreaterThan(10) // the fake microphone beeps
  expect(message.attachments[0]!.durationMs).toBeGreaterThan(1_500)
  // It goes on where the row is not in the page any more.
  await place.press('Home')
  await group(bob, 'Elsewhere', [ann])
  await bob.page.getByRole('link', { name: /Elsewhere/ }).click()
  const playing = bob.page.getByRole('region', { name: 'Playing now' })
  await expect(playing).toBeVisible()
  await playing.getByRole('link').click()
  await expect(log(bob).getByRole('slider')).toBeVisible()
})

test('a voice message is sent by letting go, and thrown away by sliding off or with Escape', async ({ person }) => {
  const [ann, bob] = [await person('Ann', { permissions: ['microphone'] }), await person('Bob')]
  const chat = await direct(ann, bob)
  await open(ann, chat)
  const { mouse } = ann.page
  const hold = async () => {
    const box = (await ann.page.getByRole('button', { name: 'Record a voice message' }).boundingBox())!
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    await mouse.move(at.x, at.y)
    await mouse.down()
    await expect(ann.page.getByRole('group', { name: 'Voice message' }).getByRole('timer')).toHaveText('0:01')
    return at
  }
  const away = await hold()
  await mouse.move(away.x - 150, away.y, { steps: 5 })
  await expect(ann.page.getByText('Release to cancel')).toBeVisible()
  await mouse.up()
  await expect(composer(ann)).toBeVisible()
  await expect(log(ann).getByRole('slider')).toHaveCount(0)
  await hold()
  await mouse.up()
  await expect(log(ann).getByRole('slider')).toHaveCount(1)
  await ann.page.getByRole('button', { name: 'Record a voice message' }).click()
  await expect(ann.page.getByRole('timer')).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await expect(composer(ann)).toBeVisible()
  await expect(log(ann).getByRole('slider')).toHaveCount(1)
})

test('a poll is asked, voted in, seen by all at once, and ended', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const team = await group(ann, 'Harbour', [bob])
  await open(ann, team)
  await open(bob, team)
  await ann.page.getByRole('button', { name: 'Attach' }).click()
  await ann.page.getByRole('menuitem', { name: 'Poll' }).click()
  const form = ann.page.getByRole('dialog')
  await form.getByLabel('Question').fill('When do we sail?')
  await form.getByLabel('Answer 1', { exact: true }).fill('At dawn')
  await form.getByLabel('Answer 2', { exact: true }).fill('At noon')
  await form.getByRole('button', { name: 'Add an answer' }).click()
  await form.getByLabel('Answer 3', { exact: true }).fill('Never')
  await form.getByRole('button', { name: 'Ask', exact: true }).click()
  const [asked, seen] = [ann, bob].map((p) => log(p).getByRole('region', { name: 'Poll: When do we sail?' }))
  await seen!.getByRole('radio', { name: 'At noon, 0 votes' }).click()
  await expect(seen!.getByRole('radio', { name: 'At noon, 1 vote' })).toBeChecked()
  await expect(asked!.getByRole('radio', { name: 'At noon, 1 vote' })).not.toBeChecked()
  await seen!.getByRole('radio', { name: 'At dawn, 0 votes' }).click()
  await expect(asked!.getByRole('radio', { name: 'At dawn, 1 vote' })).toBeVisible()
  await expect(asked!.getByRole('radio', { name: 'At noon, 0 votes' })).toBeVisible()
  await asked!.getByRole('button', { name: 'Who chose what' }).click()
  await expect(asked!.getByRole('definition')).toHaveText('Bob')
  await expect(seen!.getByRole('button', { name: 'End', exact: true })).toHaveCount(0)
  await asked!.getByRole('button', { name: 'End', exact: true }).click()
  await expect(seen!.getByText('Over')).toBeVisible()
  await expect(seen!.getByRole('radio', { name: 'Never, 0 votes' })).toBeDisabled()
})

test('a reminder is set, comes when its time has come, and is put off', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  const { id } = await bob.api<{ id: number }>('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Water the plants' })
  await open(ann, chat)
  await log(ann).getByText('Water the plants').click({ button: 'right' })
  await ann.page.getByRole('menuitem', { name: 'Remind me' }).click()
  await ann.page.getByRole('menuitem', { name: 'Tomorrow at 9' }).click()
  await expect(log(ann).getByLabel('reminder set')).toBeVisible()
  await ann.api('PUT', `/api/chat/reminders/${id}`, { at: new Date(Date.now() + 2_000).toISOString() })
  const due = ann.page.getByRole('region', { name: 'Reminders' })
  await expect(due.getByText('Water the plants')).toBeVisible({ timeout: 20_000 })
  await due.getByRole('button', { name: 'In 1 hour' }).click()
  await expect(due).toHaveCount(0)
  await expect(log(ann).getByLabel('reminder set')).toBeVisible()
  expect((await ann.api<{ isDue: boolean }[]>('GET', '/api/chat/reminders'))[0]!.isDue).toBe(false)
})

test('a status has an emoji and an end, and the other sees both come and go', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await ann.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'Ahoy' })
  await open(bob, chat)
  await ann.page.goto('/chat')
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  const dialog = ann.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Emoji' }).click()
  await ann.page.getByLabel('Search emoji').fill('sailboat')
  await ann.page.getByRole('button', { name: 'sailboat', exact: true }).click()
  await dialog.getByLabel('Status text').fill('At sea')
  await dialog.getByLabel('Clear after').selectOption({ label: 'In 1 hour' })
  await dialog.getByRole('button', { name: 'Save' }).nth(1).click()
  const line = bob.page.locator('[data-status]')
  await expect(line).toHaveText(/⛵\uFE0F? At sea/)
  await ann.api('PUT', '/api/chat/presence/status', { status: 'ONLINE', statusMessage: 'Soon over', emoji: '⛵', clearAt: new Date(Date.now() + 2_000).toISOString() })
  await expect(line).toHaveText(/Soon over/)
  await expect(line).not.toHaveText(/Soon over/, { timeout: 20_000 })

  // It is still there after the page is loaded again, and another line keeps it as it is.
  await ann.api('PUT', '/api/chat/presence/status', { status: 'DND', statusMessage: 'In a meeting', emoji: null, clearAt: null })
  await ann.page.reload()
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await expect(dialog.getByLabel('Status text')).toHaveValue('In a meeting')
  await expect(dialog.getByRole('radio', { name: 'Do not disturb' })).toBeChecked()
  await dialog.getByLabel('Status text').fill('At lunch')
  await dialog.getByRole('button', { name: 'Save' }).nth(1).click()
  await expect(line).toHaveText(/^Do not disturb · At lunch/)
})
