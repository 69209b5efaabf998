import { region } from '../lib/formats.ts'
import { isPicture, type Line } from './lines.ts'
import { rm } from './messages.ts'
import { m } from '../lib/messages.ts'
import type { Talk } from './talk.ts'
import { sizeText } from './time.ts'

const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => signs[sign]!)

/** Bytes as an address that needs nobody to answer it. */
function inlined(blob: Blob, type: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(new Error('a file cannot be read'))
    reader.readAsDataURL(new Blob([blob], { type }))
  })
}

// Nothing in the file runs, and nothing is fetched.
const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}article{margin:1rem 0}p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}time{color:#666;font-size:.85em}img{max-width:100%;max-height:30rem}</style>`

async function bodyOf(talk: Talk, line: Line): Promise<string> {
  const { body } = line
  if (body.kind === 'unreadable') return `<p><i>${escaped(rm.unreadable())}</i></p>`
  if (body.kind === 'text') return `<p dir="auto">${escaped(body.text)}</p>`
  const { name, type, size } = body.file
  const shown = `${escaped(name)} (${escaped(sizeText(size))})`
  try {
    const address = await inlined(await talk.fileOf(line), isPicture(body.file) ? type : 'application/octet-stream')
    if (isPicture(body.file)) return `<img src="${address}" alt="${escaped(name)}">`
    return `<p dir="auto"><a download="${escaped(name)}" href="${address}">${shown}</a></p>`
  } catch {
    return `<p dir="auto"><i>${escaped(rm.file_broken({ name }))}</i></p>`
  }
}

const reactionOf = (who: string, emoji: string) => `<bdi>${escaped(who)}</bdi> ${escaped(emoji)}`

/** The talk as one file that needs nothing else: names, times, words, pictures and files. */
export async function copyOf(talk: Talk): Promise<Blob> {
  const { lines, seat, name: own, peerName } = talk.state
  const full = new Intl.DateTimeFormat(region, { dateStyle: 'medium', timeStyle: 'short' })
  const parts = [`<!doctype html><html lang="${document.documentElement.lang}" dir="${document.documentElement.dir || 'ltr'}"><title>${escaped(rm.private_room())}</title>${head}<h1>${escaped(rm.private_room())}</h1><p>${escaped(rm.saved_when({ when: full.format(Date.now()) }))}</p>`]
  for (const line of lines) {
    if (line.state !== 'sent') continue
    const name = line.name || (line.mine ? own || m.you() : (line.seat !== seat && peerName) || rm.other_side())
    const reactions = [line.ownReaction && reactionOf(own || m.you(), line.ownReaction), line.peerReaction && reactionOf(peerName || rm.other_side(), line.peerReaction)].filter(Boolean).join(' · ')
    parts.push(`<article><b><bdi>${escaped(name)}</bdi></b> <time datetime="${new Date(line.at).toISOString()}">${escaped(full.format(line.at))}</time>${await bodyOf(talk, line)}${reactions && `<p><small>${reactions}</small></p>`}</article>`)
  }
  return new Blob([parts.join('\n'), '</html>'], { type: 'text/html' })
}
