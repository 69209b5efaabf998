// Keeps the app itself, so that it opens without a network; shows notifications; and
// takes what other apps share. Conversations are in the app's own cache; nothing of
// the API passes through here.
const files = [] // filled in by scripts/precache.js
const languages = {} // and this: the files of each language
const name = 'parley-shell-version'
const shell = '/chat'
const shared = 'parley-shared'

self.addEventListener('install', (event) => {
  const all = (tags) => new Set([shell, ...files, ...tags.flatMap((tag) => languages[tag])]) // addAll refuses what is named twice
  event.waitUntil(Promise.all([caches.open(name), kept()]).then(([cache, tags]) => cache.addAll([...all(tags)])))
})

/** The languages that the version before kept, because they are read here. */
async function kept() {
  const paths = []
  for (const key of await caches.keys()) {
    if (!key.startsWith('parley-shell-')) continue
    paths.push(...(await (await caches.open(key)).keys()).map((request) => new URL(request.url).pathname))
  }
  return Object.keys(languages).filter((tag) => paths.some((path) => path.startsWith(`/assets/lang-${tag}-`)))
}

self.addEventListener('activate', (event) => {
  const old = (key) => key.startsWith('parley-shell-') && key !== name
  event.waitUntil(Promise.all([self.clients.claim(), caches.keys().then((keys) => Promise.all(keys.filter(old).map((key) => caches.delete(key))))]))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== location.origin) return
  if (request.method === 'POST' && url.pathname === '/share') {
    event.respondWith(keepShared(request))
  } else if (request.method !== 'GET') {
    return
  } else if (request.mode === 'navigate' && /^\/(chat(\/|$)|$)/.test(url.pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(shell)))
  } else if (url.pathname.startsWith('/assets/') || files.includes(url.pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)))
  }
})

/** Lays what another app shares where the app finds it, and opens the app. */
async function keepShared(request) {
  const form = await request.formData()
  const cache = await caches.open(shared)
  for (const key of await cache.keys()) await cache.delete(key)
  const text = ['title', 'text', 'url'].map((part) => form.get(part)).filter((part) => typeof part === 'string' && part).join('\n')
  await cache.put('/shared/text', new Response(text))
  const given = form.getAll('files').filter((file) => file instanceof File).slice(0, 10)
  for (const [i, file] of given.entries()) {
    await cache.put(`/shared/file/${i}`, new Response(file, { headers: { 'Content-Type': file.type, 'X-Name': encodeURIComponent(file.name) } }))
  }
  return Response.redirect('/chat?shared', 303)
}

self.addEventListener('message', (event) => {
  const said = event.data ?? {}
  if (said.kind === 'notify') event.waitUntil(inOrder(() => show(said)))
  else if (said.kind === 'seen') event.waitUntil(inOrder(() => takeBack(said.tag)))
  else if (said.kind === 'language' && languages[said.language]) event.waitUntil(caches.open(name).then((cache) => cache.addAll(languages[said.language])))
  else if (said.kind === 'renew') self.skipWaiting()
})

/** One after the other: what is taken back before it is shown would stay. */
let last = Promise.resolve()
const inOrder = (work) => (last = last.then(work, work))

/** Whoever has the app before his eyes sees the message there. */
async function show({ title, body, tag, icon, path }) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (windows.some((w) => w.focused)) return
  await self.registration.showNotification(title, { body, tag, icon, badge: '/icon-192.png', renotify: true, silent: true, data: { path } })
}

async function takeBack(tag) {
  for (const shown of await self.registration.getNotifications({ tag })) shown.close()
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data.path))
})

async function open(path) {
  const [first] = await self.clients.matchAll({ type: 'window' })
  if (!first) return self.clients.openWindow(path)
  await first.focus().catch(() => undefined) // not every system lets a page come to the front
  first.postMessage({ kind: 'open', path })
}
