// The keys of the rooms that this page has seen, so that the list of one's rooms can
// lead back into them. They are kept in memory alone and go with the page.
const known = new Map<string, string>()

export const keepSecret = (roomId: string, secret: string) => void known.set(roomId, secret)
export const dropSecret = (roomId: string) => void known.delete(roomId)
export const roomPath = (roomId: string) => `/room/${roomId}${known.has(roomId) ? `#k=${known.get(roomId)}` : ''}`
export const hasSecret = (roomId: string) => known.has(roomId)

/** Where a link or its part leads; null if it is none to a room. */
export function pathOfLink(text: string): string | null {
  const found = /(?:^|\/room\/)([A-Za-z0-9_-]{22})\/?(?:\?[^#]*)?(#k=[\w-]*)?$/.exec(text.trim())
  return found ? `/room/${found[1]}${found[2] ?? ''}` : null
}
