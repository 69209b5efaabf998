const all = (me: number) => `parley.draft.${me}.`

/** What was begun and is longer than the server takes: it stays in this browser until it is shorter, or sent. */
export const longDraft = (me: number, conversationId: number): string => localStorage.getItem(all(me) + conversationId) ?? ''

export function keepLongDraft(me: number, conversationId: number, text: string): void {
  if (!text) return localStorage.removeItem(all(me) + conversationId)
  try {
    localStorage.setItem(all(me) + conversationId, text)
  } catch {
    // There is no more room: it is in the page still.
  }
}

export function forgetLongDrafts(me: number): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(all(me))) localStorage.removeItem(key)
}
