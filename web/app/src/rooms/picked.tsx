import { FileText, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { compress, sizeOf } from '../lib/image.ts'
import { m } from '../lib/messages.ts'
import { isPicture, type Attached } from './lines.ts'
import { rm } from './messages.ts'
import { roomOptions } from './options.ts'
import { sizeText } from './time.ts'

/** How many are taken at a time. */
export const mostPicked = 10
const sealing = 28 // bytes that encryption adds

/** A file that is about to be sent. */
export interface Picked {
  file: Attached
  blob: Blob
}

/** A picture without the place and the camera, which photos carry. */
async function bare(file: File): Promise<{ blob: Blob; name: string }> {
  const small = await compress(file)
  if (small.blob !== file || file.type !== 'image/jpeg') return small
  const bitmap = await createImageBitmap(file)
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0)
  bitmap.close()
  return { blob: await canvas.convertToBlob({ type: file.type, quality: 0.92 }), name: file.name }
}

/** The file as it will be sent, or what is wrong with it. */
export async function prepare(picked: File): Promise<Picked | string> {
  try {
    const { blob, name } = picked.type.startsWith('image/') ? await bare(picked) : { blob: picked as Blob, name: picked.name }
    const most = (await roomOptions()).maxFileBytes
    if (blob.size + sealing > most) return rm.file_too_large({ name, size: sizeText(most) })
    const dimensions = blob.type.startsWith('image/') ? await sizeOf(blob) : null
    return { file: { name: name.slice(0, 255), type: blob.type.slice(0, 100), size: blob.size, ...dimensions }, blob }
  } catch {
    return rm.file_broken({ name: picked.name })
  }
}

/** What is sent with the next press, and can be taken back until then. */
export function PickedFiles({ picked, onRemove }: { picked: readonly Picked[]; onRemove(one: Picked): void }) {
  if (picked.length === 0) return null
  return (
    <ul aria-label={m.send_files({ n: picked.length })} className="mb-1.5 flex max-h-36 flex-wrap gap-1.5 overflow-y-auto scroll-thin">
      {picked.map((one, i) => <One key={`${i} ${one.file.name}`} one={one} onRemove={() => onRemove(one)} />)}
    </ul>
  )
}

function One({ one: { file, blob }, onRemove }: { one: Picked; onRemove(): void }) {
  const [url, setUrl] = useState('')
  useEffect(() => {
    if (!isPicture(file)) return
    const made = URL.createObjectURL(blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file, blob])
  return (
    <li className="flex h-14 max-w-full items-center gap-2.5 rounded-xl border bg-card ps-1.5">
      {url ? <img src={url} alt="" className="size-11 shrink-0 rounded-lg object-cover" /> : <span className="grid size-11 shrink-0 place-items-center rounded-lg bg-muted text-muted-foreground"><FileText className="size-5" /></span>}
      <span className="max-w-40 min-w-0 leading-tight">
        <b dir="auto" className="block truncate text-[13px] font-semibold">{file.name}</b>
        <span className="text-xs text-muted-foreground">{sizeText(file.size)}</span>
      </span>
      <button type="button" aria-label={m.remove_file({ name: file.name })} onClick={onRemove} className="grid size-11 shrink-0 place-items-center rounded-lg text-muted-foreground hover:text-foreground"><X className="size-4" /></button>
    </li>
  )
}
