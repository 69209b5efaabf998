import AxeBuilder from '@axe-core/playwright'
import { connect, createServer, type AddressInfo } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test'

/** A browser of somebody who has no account. */
export async function stranger(browser: Browser, url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, permissions: ['clipboard-read', 'clipboard-write'], ...options })
  return context.newPage()
}

/** Makes a room as a visitor does, and returns its link. */
export async function create(page: Page, choose?: () => Promise<void>): Promise<string> {
  await page.goto('/')
  if (choose) {
    await page.getByRole('button', { name: 'Change' }).click()
    await choose()
  }
  await page.getByRole('button', { name: 'Create a disposable room' }).click()
  await expect(page.getByRole('heading', { name: 'Send this link to one person' })).toBeVisible()
  return page.url()
}

export async function enter(page: Page, link: string, name = ''): Promise<void> {
  await page.goto(link)
  if (name) await page.getByLabel('Your name (optional)').fill(name)
  await page.getByRole('button', { name: 'Enter', exact: true }).click()
  await expect(messages(page)).toBeVisible()
}

export const messages = (page: Page) => page.getByRole('log', { name: 'Messages' })
export const field = (page: Page) => page.getByRole('textbox', { name: 'Message' })

export async function write(page: Page, text: string): Promise<void> {
  await field(page).fill(text)
  await field(page).press('Enter')
}

/** Holds the button for as long as it takes. */
export async function destroy(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Hold to destroy' }).filter({ visible: true }).hover()
  await page.mouse.down()
  await expect(page.getByRole('heading', { name: 'This room is gone' })).toBeVisible()
  await page.mouse.up()
}

export async function looksClean(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page: page as never }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  expect(violations.map((v) => `${screen}: ${v.id} ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`)).toEqual([])
}

/** All that stands in the files of a folder. */
export function filesIn(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))))
}

/** What the page keeps beyond its own life. */
export async function keptBy(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const kept: unknown[] = [{ ...localStorage }, { ...sessionStorage }, document.cookie]
    for (const name of await caches.keys()) kept.push((await (await caches.open(name)).keys()).map((request) => request.url))
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const asked = indexedDB.open(name!)
        asked.onsuccess = () => resolve(asked.result)
        asked.onerror = () => reject(asked.error)
      })
      for (const store of db.objectStoreNames) {
        kept.push(await new Promise((resolve, reject) => {
          const asked = db.transaction(store).objectStore(store).getAll()
          asked.onsuccess = () => resolve(asked.result)
          asked.onerror = () => reject(asked.error)
        }))
      }
      db.close()
    }
    return JSON.stringify(kept)
  })
}

/** A line to the server that writes down every byte in both directions. */
export class Tap {
  private readonly heard: Buffer[] = []
  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async to(url: string): Promise<Tap> {
    const { hostname, port } = new URL(url)
    const server = createServer((near) => {
      const far = connect(Number(port), hostname)
      for (const [from, to] of [[near, far], [far, near]] as const) {
        from.on('data', (bytes) => {
          tap.heard.push(bytes as Buffer)
          to.write(bytes)
        })
        from.on('error', () => undefined)
        from.on('close', () => to.destroy())
      }
    })
    const tap = new Tap(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return tap
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  get log(): Buffer {
    return Buffer.concat(this.heard)
  }

  close(): void {
    this.server.close()
  }
}

/** The context without what compresses answers, so that a log of them can be read. */
export const readable: Parameters<Browser['newContext']>[0] = { extraHTTPHeaders: { 'Accept-Encoding': 'identity' } }

export async function seatsOf(context: BrowserContext, link: string): Promise<{ full: boolean; seat?: number }> {
  const id = new URL(link).pathname.split('/')[2]
  return (await context.request.get(`/api/room/info?roomId=${id}`)).json()
}
