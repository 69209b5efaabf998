import { direct, expect, group, log, open, test } from './people.ts'

const chats = { name: 'Conversations' }

test('the list of threads is live, and its button counts those with something unread', async ({ person }) => {
  const [ann, bob, cat] = [await person('Ann'), await person('Bob'), await person('Cat')]
  const [team, other] = [await group(ann, 'Harbour', [bob, cat]), await direct(ann, bob)]
  const say = async (p: typeof ann, content: string, parentMessageId?: number) => (await p.api<{ id: number }>('POST', `/api/chat/conversations/${team}/messages`, { content, parentMessageId })).id
  const map = await say(ann, 'Who brings the map?')
  const rope = await say(bob, 'Who brings the rope?')
  await say(ann, 'Not I', rope)
  await say(cat, 'I have one', map)
  const asked: string[] = []
  ann.page.on('request', (r) => r.url().includes('/api/chat/threads') && asked.push(r.url()))
  await open(ann, other)
  const button = ann.page.getByRole('navigation', chats).getByRole('button', { name: /^Threads/ })
  await expect(button).toHaveText('Threads1')
  for (const text of ['Nor I', 'Perhaps I', 'Who else?']) await say(cat, text, rope)
  await expect(button).toHaveText('Threads2')
  const before = asked.length
  expect(before).toBeLessThanOrEqual(2) // at the start, and for a thread it had not heard of

  await button.click()
  const rows = ann.page.getByRole('dialog', { name: 'Threads' }).getByRole('button', { name: /Who brings/ })
  await expect(rows.first()).toContainText('Who brings the rope?')
  await say(bob, 'And a compass', map)
  await expect(rows.first()).toContainText('Bob: And a compass')
  await expect(rows.first()).toContainText('2 unread')
  await bob.api('DELETE', `/api/chat/messages/${rope}`)
  const gone = ann.page.getByRole('dialog', { name: 'Threads' }).getByRole('button', { name: /This message was deleted/ })
  await expect(gone).toContainText('Cat: Who else?')
  await ann.api('POST', `/api/chat/conversations/${team}/read`, { lastReadMessageId: await say(cat, 'Look', map) })
  await expect(rows.first()).toContainText('Cat: Look')
  await expect(ann.page.getByRole('dialog').getByText(/unread/)).toHaveCount(0)
  await ann.page.keyboard.press('Escape')
  await expect(button).toHaveText('Threads')

  // Who is there reads, and nothing has to be asked for that.
  await open(ann, team)
  await say(cat, 'Still there?', map)
  await expect(log(ann).getByText('Still there?')).toBeVisible()
  await expect(button).toHaveText('Threads')
})
