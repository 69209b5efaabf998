import { open } from '../lib/language.ts'
import { book } from './messages.ts'

/** The pages of rooms, when their texts are there. */
export default async function pages() {
  const [pages] = await Promise.all([import('./rooms.tsx'), open(book)])
  return pages
}

/** What stands beside the chats of who is signed in. */
export async function beside() {
  const [pages] = await Promise.all([import('./mine.tsx'), open(book)])
  return pages
}
