import { direct, expect, group, log, lookAway, notifications, open, test, type Person } from './people.ts'

/** How many tones the page has begun to play. */
const tones = (p: Person) => p.page.evaluate(() => (window as unknown as { tones: number }).tones)

async function countTones(p: Person) {
  await p.page.addInitScript(() => {
    const counted = window as unknown as { tones: number }
    counted.tones = 0
    const start = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (...when) {
      counted.tones++
      start.apply(this, when)
    }
  })
}

test('a sound is played unless it is not wanted, and neither sound nor notification in quiet hours', async ({ person }) => {
  const [ann, bob] = [await person('Ann', { permissions: ['notifications'], timezoneId: 'UTC' }), await person('Bob')]
  const [chat, team] = [await direct(ann, bob), await group(ann, 'Harbour', [bob])]
  const write = (content: string) => bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content })
  await countTones(ann)
  await ann.page.clock.install()
  await open(ann, team)
  // A browser plays nothing before somebody has touched the page.
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await ann.page.keyboard.press('Escape')
  const shown = await notifications(ann)
  await lookAway(ann)
  await write('with a sound')
  await expect.poll(shown).toEqual(['Bob: with a sound'])
  await expect.poll(() => tones(ann)).toBe(2)

  // From now on it is quiet, whatever the time is.
  const clock = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16)
  await ann.api('PUT', '/api/users/me/settings', { quietHours: { on: true, from: clock(-60), to: clock(60), timeZone: 'UTC' } })
  await write('in quiet hours')
  await expect(ann.page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: /Bob.*2 unread/ })).toBeVisible()
  await ann.page.clock.fastForward(2_000) // the page waits whether it is read elsewhere
  await ann.api('PUT', '/api/users/me/settings', { quietHours: { on: false, from: clock(-60), to: clock(60), timeZone: 'UTC' } })
  await bob.api('POST', `/api/chat/conversations/${team}/messages`, { content: `and after them, @${ann.username}` })
  await expect.poll(shown).toContain('Harbour: Bob: and after them, @Ann')
  expect(await shown()).not.toContain('Bob: in quiet hours')
  await expect.poll(() => tones(ann)).toBe(4)

  await ann.api('PUT', '/api/users/me/settings', { sounds: false })
  await write('without a sound')
  await expect.poll(shown).toContain('Bob: without a sound')
  expect(await tones(ann)).toBe(4)
})

test('a notification opens the message that it tells of', async ({ person }) => {
  const [ann, bob] = [await person('Ann', { permissions: ['notifications'] }), await person('Bob')]
  const [chat, team] = [await direct(ann, bob), await group(ann, 'Harbour', [bob])]
  for (let i = 0; i < 60; i++) await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: `line ${i}` })
  await open(ann, team)
  await ann.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  const shown = await notifications(ann)
  await lookAway(ann)
  const said = await bob.api<{ id: number }>('POST', `/api/chat/conversations/${chat}/messages`, { content: 'this one' })
  await expect.poll(shown).toEqual(['Bob: this one'])
  const [worker] = ann.context.serviceWorkers()
  await worker!.evaluate(async () => {
    const scope = self as unknown as { registration: ServiceWorkerRegistration; NotificationEvent: new (type: string, init: { notification?: Notification }) => Event }
    const [notification] = await scope.registration.getNotifications()
    self.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }))
  })
  await expect(ann.page).toHaveURL(new RegExp(`/chat/${chat}`))
  await expect(log(ann).locator(`[data-message="${said.id}"]`)).toBeInViewport()
  await expect.poll(() => ann.page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).length)).toBe(0)
})

test('what the server found behind a link is shown as a card, unless one does not want it', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await bob.api('POST', `/api/chat/conversations/${chat}/messages`, { content: 'See https://tides.example/today' })
  // The server looks up public addresses only, of which there is none here: this is what it would say.
  const card = { url: 'https://tides.example/today', title: 'Tides of today', description: 'High water at noon', siteName: 'tides.example', imageUrl: null, imageWidth: null, imageHeight: null, placeholder: null }
  await ann.page.route(`**/api/chat/conversations/${chat}/messages?*`, async (route) => {
    const answer = await route.fetch()
    const body = (await answer.json()) as { data: { content: string; linkPreviews?: object[] }[] }
    for (const message of body.data) if (message.content.startsWith('See')) message.linkPreviews = [card]
    await route.fulfill({ response: answer, json: body })
  })
  await open(ann, chat)
  const link = log(ann).getByRole('link', { name: /Tides of today/ })
  await expect(link).toHaveAttribute('href', card.url)
  await expect(link).toHaveAttribute('rel', /noopener/)
  await expect(link).toContainText('High water at noon')
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await ann.page.getByRole('dialog').getByRole('switch', { name: /previews/i }).click()
  await ann.page.keyboard.press('Escape')
  await expect(link).toHaveCount(0)
})
