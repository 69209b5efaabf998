import { createStore } from 'zustand/vanilla'

const place = 'parley-shared' // as in sw.js

export interface Shared {
  text: string
  files: File[]
}

/** What is on its way into a conversation from outside of the app. */
export const handed = createStore<{ to: number; what: Shared } | null>(() => null)

/** Takes what another app has shared; it is there once. */
export async function takeShared(): Promise<Shared | null> {
  if (!('caches' in window)) return null
  const cache = await caches.open(place)
  const text = (await (await cache.match('/shared/text'))?.text()) ?? ''
  const files: File[] = []
  for (const request of await cache.keys()) {
    if (!new URL(request.url).pathname.startsWith('/shared/file/')) continue
    const response = (await cache.match(request))!
    const blob = await response.blob()
    files.push(new File([blob], decodeURIComponent(response.headers.get('X-Name') ?? 'file'), { type: blob.type }))
  }
  await caches.delete(place)
  return text || files.length > 0 ? { text, files } : null
}

/** What was handed to a conversation; it is there once. */
export function takeHanded(to: number): Shared | null {
  const now = handed.getState()
  if (now?.to !== to) return null
  handed.setState(null, true)
  return now.what
}
