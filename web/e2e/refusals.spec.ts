import { composer, direct, expect, log, open, test } from './people.ts'
import { Server } from './server.ts'

test('a search that is refused says why, in the palette and in the conversation', async ({ person }) => {
  const ann = await person('Ann')
  const notes = await direct(ann, ann)
  await open(ann, notes)
  await ann.page.keyboard.press('Control+k')
  const palette = ann.page.getByRole('combobox')
  for (const [query, why] of [
    ['from:nobodyatall sail', 'there is nobody with this name'],
    ['in:nowhereatall sail', 'you are in no conversation with this name'],
    ['has:banana', 'has: is followed by image'],
    ['before:yesterday sail', 'followed by a date such as 2026-01-31'],
    ['x'.repeat(201), 'at most 200 characters'],
  ] as const) {
    await palette.fill(query)
    await expect(ann.page.getByRole('dialog').getByRole('alert')).toContainText(why)
  }
  await ann.page.keyboard.press('Escape')
  await ann.page.getByRole('button', { name: 'Search in this conversation' }).click()
  await ann.page.getByRole('searchbox').fill('x'.repeat(201))
  await expect(ann.page.getByRole('complementary').getByRole('alert')).toHaveText('A search has at most 200 characters.')
  await ann.page.getByRole('button', { name: 'Clear' }).click()
  await expect(ann.page.getByRole('searchbox')).toHaveValue('')
  await expect(ann.page.getByRole('searchbox')).toBeFocused()
})

test('what was found shows as text, without its marks, and marked where it is', async ({ person }) => {
  const ann = await person('Ann')
  const notes = await direct(ann, ann)
  await ann.api('POST', `/api/chat/conversations/${notes}/messages`, { content: '**The `harbour` master** says: ~~no~~ 😀 harbour' })
  await open(ann, notes)
  await ann.page.getByRole('button', { name: 'Search in this conversation' }).click()
  await ann.page.getByRole('searchbox').fill('harbour')
  const hit = ann.page.getByRole('list', { name: 'Results' }).getByRole('button')
  await expect(hit).toContainText('The harbour master says: no 😀 harbour')
  await expect(hit.locator('mark')).toHaveText(['harbour', 'harbour'])
})

test('signing up says the rule for passwords before, and one thing about a password after', async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url, locale: 'de-DE' })
  const page = await context.newPage()
  await page.goto('/sign-up')
  const password = page.getByLabel('Passwort')
  await expect(password).toHaveAccessibleDescription('Mindestens 8 Zeichen')
  await page.getByLabel('Dein Name').fill('Nora')
  await page.getByLabel('Benutzername').fill('nora.refused')
  await password.fill('Password1')
  await expect(page.getByRole('status')).toHaveText('Leicht zu erraten')
  await page.getByRole('button', { name: 'Konto anlegen' }).click()
  await expect(page.getByRole('alert')).toHaveText('Dieses Passwort ist zu kurz oder zu leicht zu erraten. Nimm ein anderes.')
  await expect(page.getByRole('status')).toHaveCount(0)
  await page.getByLabel('Benutzername').fill('all')
  await password.fill('a long pass phrase')
  await page.getByRole('button', { name: 'Konto anlegen' }).click()
  await expect(page.getByRole('alert')).toHaveText('Nimm 2 bis 32 Buchstaben, Ziffern, Punkte, - und _. Niemand kann „all“ heißen.')
  await context.close()
})

test('an invitation can be put in as a code or a link, and be followed', async ({ browser }) => {
  const server = await Server.start('--registration', 'invite')
  try {
    const context = await browser.newContext({ baseURL: server.url })
    const post = (path: string, data: object) => context.request.post(path, { data, headers: { Origin: server.url } })
    await post('/api/auth/register', { username: 'first', displayName: 'First', password: 'a long pass phrase', cookie: true })
    const { data } = (await (await post('/api/admin/invitations', {})).json()) as { data: { code: string } }
    expect(data.code).toBeTruthy()
    const visitor = await browser.newContext({ baseURL: server.url })
    const page = await visitor.newPage()
    await page.goto('/sign-up')
    const code = page.getByRole('textbox', { name: 'Invitation code or link' })
    await code.fill('wrong')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('alert')).toHaveText('This invitation is not valid, or no longer.')
    await code.fill(`${server.url}/sign-up?invite=${data.code}`)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByLabel('Your name')).toBeVisible()
    await page.goto(`/sign-up?invite=${data.code}`)
    await page.getByLabel('Your name').fill('Second')
    await page.getByLabel('Password').fill('a long pass phrase')
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect(page.getByText('Nobody has written yet.')).toBeVisible()
    await visitor.close()
    await context.close()
  } finally {
    await server.close()
  }
})

test('a draft that is too long is counted and kept here, and not sent to the server', async ({ person }) => {
  const ann = await person('Ann')
  const notes = await direct(ann, ann)
  await open(ann, notes)
  const refused: string[] = []
  ann.page.on('response', (response) => {
    if (response.status() >= 400) refused.push(response.url())
  })
  const long = 'word '.repeat(2_001).trim()
  await composer(ann).fill(long)
  await expect(ann.page.getByText('10,004 of 10,000 characters')).toBeVisible()
  await expect(ann.page.getByText('kept on this device only')).toBeVisible()
  await ann.page.goto('/chat')
  await ann.page.getByRole('link', { name: /^Saved messages/ }).click()
  await expect(composer(ann)).toHaveValue(long)
  await ann.page.reload()
  await expect(composer(ann)).toHaveValue(long)
  expect(refused).toEqual([])
  await composer(ann).fill('short')
  await expect.poll(async () => (await ann.api<{ draft: { content: string } | null }>('GET', `/api/chat/conversations/${notes}`)).draft?.content).toBe('short')
  await ann.page.reload()
  await expect(composer(ann)).toHaveValue('short')
})

test('an address that is no conversation says so, and asks the server nothing', async ({ person }) => {
  const ann = await person('Ann')
  const asked: string[] = []
  ann.page.on('request', (request) => asked.push(request.url()))
  await ann.page.goto('/chat/abc')
  await expect(ann.page.getByText('This conversation is not here, or no longer yours.')).toBeVisible()
  expect(asked.filter((url) => /NaN|conversations\/0|conversations\/abc/.test(url))).toEqual([])
})

test('what happens to a channel is read out as what it is', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const { id } = await ann.api<{ id: number }>('POST', '/api/chat/conversations', { name: 'harbour', type: 'CHANNEL', visibility: 'PUBLIC', participantIds: [bob.id] })
  await open(bob, id)
  await expect(log(bob).getByText('Ann created')).toBeVisible()
  await ann.api('PUT', `/api/chat/conversations/${id}`, { name: 'quay' })
  await expect(bob.page.locator('p[role=status]').last()).toHaveText('Ann named it quay')
})
