import AxeBuilder from '@axe-core/playwright'
import type { Locator, Page, Route } from '@playwright/test'
import { direct, expect, group, test, type Person } from './people.ts'

const english = { locale: 'en-GB' }
const arabic = { locale: 'ar' }
const german = { locale: 'de-DE' }

async function clean(page: Page, what: string) {
  const { violations } = await new AxeBuilder({ page: page as never }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  expect(violations.map((v) => `${what}: ${v.id} ${v.nodes.map((n) => n.html.slice(0, 140)).join(' | ')}`)).toEqual([])
}

/** Two conversations with something of each side in them. */
async function talk(ann: Person, bob: Person) {
  const chat = await direct(ann, bob)
  const team = await group(ann, 'Harbour', [bob])
  for (const id of [chat, team]) {
    await bob.api('POST', `/api/chat/conversations/${id}/messages`, { content: `مرحبا @${ann.username} \`go test\`` })
    await ann.api('POST', `/api/chat/conversations/${id}/messages`, { content: 'Read from left to right (as ever).' })
  }
  return { chat, team }
}

const middle = async (what: Locator) => {
  const box = (await what.boundingBox())!
  return box.x + box.width / 2
}

/** Nothing reaches out of the window sideways. */
const overflow = (page: Page) =>
  page.evaluate(() =>
    [document.scrollingElement!, ...document.querySelectorAll('main, nav, aside, [role=log], [role=dialog]')]
      .filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
      .map((e) => `${e.tagName} ${e.getAttribute('aria-label')} ${e.scrollWidth} > ${e.clientWidth}`),
  )

test('Arabic is read from right to left, and the page with it', async ({ person }) => {
  const [ann, bob] = [await person('Ann', arabic), await person('Bob', english)]
  const { chat, team } = await talk(ann, bob)
  const { page } = ann
  await page.goto(`/chat/${chat}`)
  const log = page.getByRole('log')
  const [theirs, own] = [log.getByText('مرحبا'), log.getByText('Read from left')]
  await expect(own).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl')
  await expect(page.locator('html')).toHaveAttribute('lang', 'ar')
  // The list is on the right, what one wrote oneself on the left.
  const list = page.getByRole('navigation', { name: 'المحادثات' })
  expect(await middle(list)).toBeGreaterThan(await middle(log))
  expect(await middle(own)).toBeLessThan(await middle(theirs))
  // Each text has its own direction; code is never turned round.
  expect(await own.evaluate((e) => getComputedStyle(e.closest('[dir=auto]')!).direction)).toBe('ltr')
  expect(await theirs.evaluate((e) => getComputedStyle(e.closest('[dir=auto]')!).direction)).toBe('rtl')
  expect(await log.getByText('go test').evaluate((e) => getComputedStyle(e).direction)).toBe('ltr')
  expect(await overflow(page)).toEqual([])
  await clean(page, 'direct chat')
  // The panel comes in at the other end.
  await page.goto(`/chat/${team}`)
  await page.getByRole('button', { name: 'التفاصيل' }).click()
  const panel = page.getByRole('complementary', { name: 'التفاصيل' })
  await expect(panel.getByText('عضوان')).toBeVisible()
  expect(await middle(panel)).toBeLessThan(await middle(page.getByRole('log')))
  expect(await overflow(page)).toEqual([])
  await clean(page, 'group with details')
  await page.getByRole('button', { name: 'الإعدادات', exact: true }).click()
  await expect(page.getByText(/^هذا الجهاز/)).toBeVisible()
  expect(await overflow(page)).toEqual([])
  await clean(page, 'settings')
})

/** Looks for an emoji in the picker of the composer, and takes what has this name. */
async function pick(page: Page, emoji: { button: string; search: string; query: string; name: string }) {
  await page.getByRole('button', { name: emoji.button, exact: true }).click()
  await page.getByLabel(emoji.search).fill(emoji.query)
  await page.getByRole('button', { name: emoji.name, exact: true }).click()
}

test('emoji have the names of the language, and are found by them and in English', async ({ person }) => {
  const [ann, ali] = [await person('Ann', german), await person('Ali', arabic)]
  const { chat } = await talk(ann, ali)
  const boat = '⛵\uFE0F'
  const inGerman = { button: 'Emoji', search: 'Emoji suchen', name: 'Segelboot' }
  const inArabic = { button: 'رموز تعبيرية', search: 'ابحث عن رمز تعبيري', name: 'مركب شراعي' }
  const composer = ({ page }: Person) => page.locator('main textarea')
  // Who types faster than the names come gets what he asked for, too. A service worker would have them already.
  const cem = await person('Cem', { ...german, serviceWorkers: 'block' })
  const names = new Promise<Route>((held) => void cem.page.route(/emoji-de-.*\.js/, held))
  await cem.page.goto(`/chat/${await direct(cem, ann)}`)
  await cem.page.locator('main').getByRole('button', { name: inGerman.button, exact: true }).click()
  await cem.page.getByLabel(inGerman.search).fill(inGerman.name)
  await cem.page.keyboard.press('Enter')
  await (await names).continue()
  await expect(composer(cem)).toHaveValue(boat)

  for (const [who, emoji, query] of [[ann, inGerman, 'Segelboot'], [ali, inArabic, 'شراعي']] as const) {
    await who.page.goto(`/chat/${chat}`)
    await expect(who.page.getByRole('log').getByText('Read from left')).toBeVisible()
    await pick(who.page, { ...emoji, query })
    await pick(who.page, { ...emoji, query: 'sailboat' })
    await expect(composer(who)).toHaveValue(`${boat}${boat}`)
    await composer(who).pressSequentially(` :${emoji.name.slice(0, 4)}`)
    await expect(who.page.getByRole('option', { name: emoji.name })).toBeVisible()
  }
  await clean(ali.page, 'completion')
})

test('Arabic on a phone: nothing is cut off, and answering is a swipe to the left', async ({ person }) => {
  const phone = { ...arabic, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
  const [ann, bob] = [await person('Ann', phone), await person('Bob', english)]
  const { chat } = await talk(ann, bob)
  const { page } = ann
  await page.goto('/chat')
  await expect(page.getByRole('link', { name: /Bob/ })).toBeVisible()
  expect(await overflow(page)).toEqual([])
  await page.goto(`/chat/${chat}`)
  const theirs = page.getByRole('log').getByText('مرحبا')
  await expect(theirs).toBeVisible()
  expect(await overflow(page)).toEqual([])
  const box = (await theirs.boundingBox())!
  const session = await page.context().newCDPSession(page)
  const [x, y] = [box.x + box.width / 2, box.y + 4]
  const touch = (dx: number) => session.send('Input.dispatchTouchEvent', { type: dx === 0 ? 'touchStart' : 'touchMove', touchPoints: [{ x: x + dx, y, id: 1 }] })
  for (let dx = 0; dx >= -120; dx -= 15) await touch(dx)
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await expect(page.getByText(/^رد على/)).toBeVisible()
  await clean(page, 'phone')
})

test('the language of the browser is spoken before anybody is signed in, from the first paint', async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url, ...german })
  const page = await context.newPage()
  await page.addInitScript(() => {
    const seen = ((globalThis as { seen?: string[] }).seen = [] as string[])
    new MutationObserver(() => seen.push(document.querySelector('h1')?.textContent ?? '')).observe(document, { childList: true, subtree: true })
  })
  await page.goto('/sign-in')
  await expect(page.getByRole('heading', { level: 1, name: 'Willkommen zurück' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Anmelden' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  const headings = await page.evaluate(() => [...new Set((globalThis as { seen?: string[] }).seen)].filter(Boolean))
  expect(headings).toEqual(['Willkommen zurück'])
  await context.close()
})

test('dates and numbers are those of the language', async ({ person }) => {
  const [ann, bob] = [await person('Ann', german), await person('Bob', english)]
  const { chat } = await talk(ann, bob)
  await ann.page.goto(`/chat/${chat}`)
  const log = ann.page.getByRole('log')
  const time = log.locator('time').first()
  const at = new Date((await time.getAttribute('datetime'))!)
  const told = (locale: string) => ann.page.evaluate(([iso, tag]) => new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(iso!)), [at.toISOString(), locale])
  await expect(time).toHaveAttribute('title', await told('de-DE'))
  await expect(log.getByText('Heute', { exact: true }).first()).toBeVisible()
  await ann.api('PUT', '/api/users/me/settings', { language: 'fr' })
  await expect(log.getByText('Aujourd’hui', { exact: true }).first()).toBeVisible()
  await expect(time).toHaveAttribute('title', await told('fr'))
})

test('the setting changes the language at once, on the other device too, and the keyboard stays where it was', async ({ person, browser, server }) => {
  const ann = await person('Ann', english)
  const other = await browser.newContext({ baseURL: server.url, ...english, storageState: await ann.context.storageState() })
  const there = await other.newPage()
  await there.goto('/chat')
  await expect(there.getByRole('navigation', { name: 'Conversations' })).toBeVisible()
  await ann.page.goto('/chat')
  await ann.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await ann.page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Español' })
  const settings = ann.page.getByRole('dialog', { name: 'Ajustes' })
  await expect(settings.getByRole('combobox', { name: 'Idioma' })).toBeFocused()
  await expect(there.getByRole('navigation', { name: 'Conversaciones' })).toBeVisible()
  await expect(there.locator('html')).toHaveAttribute('lang', 'es')
  await settings.getByRole('combobox', { name: 'Idioma' }).selectOption({ label: '中文' })
  await expect(there.getByRole('navigation', { name: '对话', exact: true })).toBeVisible()
  await other.close()
})

test('it starts offline in the language that was chosen', async ({ person }) => {
  const [ann, bob] = [await person('Ann', english), await person('Bob', english)]
  const { chat } = await talk(ann, bob)
  await ann.page.goto(`/chat/${chat}`)
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await ann.api('PUT', '/api/users/me/settings', { language: 'de' })
  const list = ann.page.getByRole('navigation', { name: 'Unterhaltungen' })
  await expect(list).toBeVisible()
  const kept = () => ann.page.evaluate(async () => {
    const paths = await Promise.all((await caches.keys()).map(async (key) => (await (await caches.open(key)).keys()).map((r) => new URL(r.url).pathname)))
    return paths.flat().filter((p) => /\/(lang|emoji)-(de|fr)-/.test(p)).map((p) => /\w+-\w+/.exec(p)![0]).sort()
  })
  // Only what is read is kept.
  await expect.poll(kept).toEqual(['emoji-de', 'lang-de'])
  await ann.context.setOffline(true)
  await ann.page.reload()
  await expect(list).toBeVisible()
  await expect(ann.page.getByRole('log').getByText('Read from left')).toBeVisible()
  await expect(ann.page.locator('html')).toHaveAttribute('lang', 'de')
  await pick(ann.page, { button: 'Emoji', search: 'Emoji suchen', query: 'segelb', name: 'Segelboot' })
})
